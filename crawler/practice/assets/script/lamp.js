// A classic script: the lamp in the brand goes on and off when it is asked to.
document.addEventListener("click", function (event) {
  var lamp = event.target.closest("[data-lamp]");
  if (lamp) { document.documentElement.classList.toggle("dark-lamp"); }
});
// "/never/from-a-script" is text in a program, not a link.
