# The one front door. `make help` lists the targets.
SHELL := /bin/bash
.PHONY: help setup build demo test bench size proof fuzz soak clean
.DEFAULT_GOAL := help

help:
	@echo "make setup   install Debian packages, npm packages and sources of lwIP and mbedTLS (root or sudo; once)"
	@echo "make build   tools, server and the board's libraries, into build/"
	@echo "make demo    the whole way: train, compile, build, sign, boot, update over the air, ask by SQL"
	@echo "make test    everything that must hold; [ONLY=unit|asan|fuzz|journeys|tidy]"
	@echo "make bench   measure, and write bench/RESULTS.md and bench/results.json; [ONLY=nn|train|board|...]"
	@echo "make size    flash and RAM of the demo's firmware"
	@echo "make proof   10,000 MNIST images through DNN and CNN: reference, host and emulated board answer with the same bits"
	@echo "make fuzz    every fuzz target for SECONDS=60 each"
	@echo "make soak    the update journey again and again for MINUTES=10"
	@echo "make clean   remove what was built; downloads stay"

setup:
	@tools/setup.sh

build: setup
	@tools/build.sh host m4

demo:
	@tools/demo.sh

test:
	@tools/test.sh $(ONLY)

bench: build
	@bench/run.sh $(ONLY)

size: build
	@tools/models.sh
	@build/bin/linnet size build/models/dnn-2/firmware

proof: build
	@tools/proof.sh $(or $(IMAGES),10000)

fuzz: setup
	@FUZZ_SECONDS=$(or $(SECONDS),60) tools/test.sh fuzz

soak: build
	@tools/models.sh
	@tests/soak.sh $(or $(MINUTES),10)

clean:
	rm -rf build/bin build/host build/m4 build/asan build/fuzz build/models build/demo build/keys build/log
