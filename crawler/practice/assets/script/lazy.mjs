// A module script: pictures come when they are near.
const hang = (image) => {
  if (image.dataset.src) { image.src = image.dataset.src; }
  if (image.dataset.srcset) { image.srcset = image.dataset.srcset; }
};
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) { hang(entry.target); seen.unobserve(entry.target); }
  }
}, { rootMargin: "400px" });
for (const image of document.querySelectorAll("img[data-src]")) { seen.observe(image); }
