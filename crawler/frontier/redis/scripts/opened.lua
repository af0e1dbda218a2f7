-- The run is open: hosts that stood still give again. {} -> 1
put(META, 'opening', false)
commit()
return 1
