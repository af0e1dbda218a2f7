-- Say once how the run ends. {outcome, terms: version that it was found under} -> how it ends; "": it does not
if A.terms and (META.f.seeding or A.terms ~= number(META, 'terms')) then
  return ''
end
if not META.f.over then
  put(META, 'over', A.outcome)
  commit()
end
return META.f.over
