# What there is to do with this project. Everything that is made lands under target/.
# The work is done by the scripts in pgrx-config/ and examples/; their arguments (PG, PG_CONFIG, DESTDIR, SQL) reach
# them through the environment.

.DEFAULT_GOAL := help
.PHONY: help demo psql demo-stop test lint bench bench-instructions install uninstall

help:
	@echo 'make demo                     a guarded database in one command, on a private server under target/'
	@echo 'make demo SQL=file.sql        the same with your own SQL; fails if anything in it is refused'
	@echo 'make psql                     a session on the demo'\''s server (DB=name for another database than shop)'
	@echo 'make demo-stop                ends that server'
	@echo 'make test                     all tests, on PostgreSQL 15 and 18'
	@echo 'make lint                     formatting and clippy'
	@echo 'make bench                    what the guard costs, beside no trigger and other triggers'
	@echo 'make bench-instructions       instructions a statement, beside those that are kept; WRITE=1 keeps them anew'
	@echo 'make install                  builds for the pg_config on PATH and installs there'
	@echo 'make uninstall                removes what install has put there'
	@echo
	@echo 'PG=17                         another PostgreSQL for demo, psql, demo-stop, test and bench'
	@echo 'PG_CONFIG=/path/to/pg_config  another server for install and uninstall; DESTDIR is honoured'

demo:
	@examples/demo.sh

psql:
	@pgrx-config/server.sh psql --dbname "$${DB:-shop}"

demo-stop:
	@pgrx-config/server.sh stop

test:
	@pgrx-config/test.sh

lint:
	@pgrx-config/lint.sh

bench:
	@pgrx-config/bench.sh run

bench-instructions:
	@pgrx-config/bench.sh instructions $(if $(WRITE),--write)

install:
	@pgrx-config/install.sh

uninstall:
	@pgrx-config/install.sh --uninstall
