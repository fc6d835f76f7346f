# The two commands: make run, make test. Without make: python3 installers/setup_environment.py run
PYTHON ?= python3
# Only what is typed behind make: a variable of that name in the shell is somebody else's.
EXTRA_DRIVERS = $(if $(filter command,$(origin EXTRAS)),EXTRAS="$(EXTRAS)")

.PHONY: help run test check setup

help:
	@echo "make run     set up, then open the window on a simulated microscope; without a display, a script"
	@echo "             does a whole sitting on it, prints the score and names the folder with the results"
	@echo "             (make run ARGS='score field.png --mpp 0.25 --output results' for your own images)"
	@echo "make test    set up, then run the tests"
	@echo "make check   set up, then lint, format, types and import contracts"
	@echo "make setup   set up and do no more; each of the four takes EXTRAS='pylon serial', drivers that are"
	@echo "             kept from then on: genicam, hid, micromanager, pylon, serial; EXTRAS=none takes them away"

run test check setup:
	@command -v "$(PYTHON)" > /dev/null || { \
	  echo "HER2Scope: needs Python 3.11 or newer: sudo apt-get install python3 python3-pip" >&2; \
	  exit 1; }
	@"$(PYTHON)" installers/setup_environment.py $@ $(EXTRA_DRIVERS) $(ARGS)
