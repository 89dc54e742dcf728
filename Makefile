# The commands of this project. They write everything they build under target/.
# The scripts in pgrx-config/, packaging/, examples/, check/ and site/ do the work; their arguments (PG, PG_CONFIG,
# DESTDIR, SQL, PRESET, MODE, SQL_DIR, …) reach them through the environment.

.DEFAULT_GOAL := default
.PHONY: default all install uninstall installcheck clean help demo psql demo-stop check lint docs deb rpm oci dist \
	test test-all test-histories test-fixes test-packages test-operations test-postgres test-extensions \
	test-generated test-stress fuzz fuzz-growth reliability \
	bench bench-audit bench-reports bench-shapes bench-instructions

# `make` alone builds, as it does for every extension, or else tells what there is.
default:
	@if pgrx-config/install.sh --can-build; then pgrx-config/install.sh --build; else $(MAKE) --no-print-directory help; \
	  echo; echo 'Nothing was built: there is no pg_config on PATH that has the headers of a server.'; fi

all:
	@pgrx-config/install.sh --build

help:
	@echo 'make demo                     runs the example migrations on a private server under target/'
	@echo 'make demo SQL=file.sql        runs your own SQL there instead; fails if anything in it is refused'
	@echo '                              (PRESET=house MODE=warn: other than recommended and enforce)'
	@echo 'make psql                     opens psql on the demo'\''s server (DB=name for another database than shop)'
	@echo 'make demo-stop                stops that server'
	@echo 'make check SQL_DIR=folder     runs a folder of migrations there and reports each violation with its file and line'
	@echo '                              (PRESET=house FORMAT=sarif OUT=file BASELINE=file FAIL_ON=error: docs/check.md)'
	@echo 'make test                     runs the tests but for those below, on PostgreSQL 15 and 18'
	@echo 'make test-all                 the same on PostgreSQL 13 to 18 (PART=chosen PG="13 14": the chosen part of them)'
	@echo 'make test-histories           runs the migrations of real tools and compares each report with independent queries'
	@echo 'make test-fixes               makes faults of every rule and runs their fixes (SEED=n: others); WRITE=1 keeps the counts'
	@echo 'make test-generated           runs random programs of DDL with the guard and without it (N=10000 SEED=1, PROGRAM=n: one)'
	@echo 'make test-postgres            runs PostgreSQL'\''s own suites without the guard and with it (SUITE=regress; CASSERT=1: with assertions)'
	@echo 'make test-operations          dumps, upgrades, replicates and breaks servers that have the extension (ONLY=expression: some)'
	@echo 'make test-extensions          uses other people'\''s extensions beside the guard (as root)'
	@echo 'make test-stress              faults, many sessions, long sessions (QUICK=1: a short form; ONLY=faults: a part)'
	@echo 'make fuzz SECONDS=60          searches for texts that break a parser, so long for each property (ONLY=property)'
	@echo 'make fuzz-growth              counts how the work of each parser grows with its text'
	@echo 'make reliability              takes what these runs have shown into docs/reliability.md'
	@echo 'make lint                     checks formatting and runs clippy'
	@echo 'make bench                    measures what pg_guardrail costs, compared with no trigger and other triggers'
	@echo 'make bench-audit              measures the audit alone, which is a part of make bench (TABLES="10000 50000")'
	@echo 'make bench-reports            measures the reports in all formats, also a part of make bench (VIOLATIONS="10000 40000")'
	@echo 'make bench-shapes             measures statements with thousands of constraints, deep types and long texts'
	@echo 'make bench-instructions       counts instructions per statement, compared with the kept counts; WRITE=1 keeps the new ones'
	@echo 'make                          builds for the pg_config on PATH'
	@echo 'make install                  installs there, after building what has changed'
	@echo 'make uninstall                removes the files that install has copied'
	@echo 'make installcheck             runs the regression tests on a running server that has the extension (PGHOST, PGPORT, PGUSER)'
	@echo 'make clean                    removes what make and the packages have made; rm -rf target removes everything'
	@echo 'make deb PG=15                makes the package for Debian and Ubuntu (or PG="15 18") under target/packages/'
	@echo 'make rpm PG=18                the one for Red Hat, Rocky, Alma, Oracle Linux'
	@echo 'make oci PG=18                the image that CloudNativePG mounts as an extension'
	@echo 'make dist                     the zip for PGXN'
	@echo 'make test-packages            makes the packages and tries each as a user would (ONLY=deb: one kind; as root)'
	@echo 'make docs                     builds the docs site in target/docs/ and checks its links'
	@echo
	@echo 'PG=17                         another PostgreSQL version for demo, psql, demo-stop, the tests and bench'
	@echo 'PG_CONFIG=/path/to/pg_config  another server for make, install, uninstall; DESTDIR is honoured'

demo:
	@examples/demo.sh

psql:
	@pgrx-config/server.sh psql --dbname "$${DB:-shop}"

demo-stop:
	@pgrx-config/server.sh stop

check:
	@check/check.sh

test:
	@pgrx-config/test.sh

test-all:
	@PG="$${PG:-$$(pgrx-config/all-majors.sh)}" pgrx-config/test.sh

test-histories:
	@pgrx-config/test-histories.sh

test-fixes:
	@pgrx-config/test-fixes.sh $(if $(WRITE),--write)

test-generated:
	@pgrx-config/test-generated.sh

test-postgres:
	@pgrx-config/test-postgres.sh

test-operations:
	@pgrx-config/test-operations.sh

test-extensions:
	@pgrx-config/test-extensions.sh

test-stress:
	@pgrx-config/test-stress.sh

fuzz:
	@SECONDS_EACH=$(SECONDS) pgrx-config/fuzz.sh

fuzz-growth:
	@pgrx-config/fuzz.sh --growth

reliability:
	@python3 tests/reliability/render.py take

lint:
	@pgrx-config/lint.sh

bench:
	@pgrx-config/bench.sh run
	@pgrx-config/bench.sh audit
	@pgrx-config/bench.sh reports

bench-audit:
	@pgrx-config/bench.sh audit

bench-reports:
	@pgrx-config/bench.sh reports

bench-shapes:
	@pgrx-config/bench.sh shapes

bench-instructions:
	@pgrx-config/bench.sh instructions $(if $(WRITE),--write)

docs:
	@site/build.sh

install:
	@pgrx-config/install.sh

uninstall:
	@pgrx-config/install.sh --uninstall

installcheck:
	@pgrx-config/installcheck.sh

clean:
	@rm -rf target/install target/release/libpg_guardrail.so target/stage target/packages target/deb target/rpm target/oci

deb:
	@packaging/deb.sh $(PG)

rpm:
	@packaging/rpm.sh $(PG)

oci:
	@packaging/oci.sh $(PG)

dist:
	@packaging/dist.sh

test-packages:
	@pgrx-config/test-packages.sh
