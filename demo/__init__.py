"""The main job on one machine, with everything real: `make demo`."""
