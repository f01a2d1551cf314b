package main

// unpassable are tests that a notebook cannot pass, with the reason.
var unpassable = map[string]string{}
