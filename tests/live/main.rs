//! What needs something of this machine: a tree of a real Matomo, a browser, PHP and a database server, or another program.

mod attached;
mod bisect;
mod browser;
mod clean_trees;
mod database_url;
mod mutants;
#[path = "../support/needs.rs"]
mod needs;
mod own_checks;
mod planted_bugs;
mod plugins;
mod process;
mod release_archive;
mod releases;
mod reports;
mod scenarios;
mod search;
mod serve;
mod settings;
mod start;
#[path = "../support/mod.rs"]
mod support;
mod token_class;

use std::process::ExitCode;

fn main() -> ExitCode {
    let tests = [
        attached::tests(),
        bisect::tests(),
        browser::tests(),
        clean_trees::tests(),
        database_url::tests(),
        mutants::tests(),
        own_checks::tests(),
        planted_bugs::tests(),
        plugins::tests(),
        process::tests(),
        release_archive::tests(),
        releases::tests(),
        reports::tests(),
        scenarios::tests(),
        search::tests(),
        serve::tests(),
        settings::tests(),
        start::tests(),
        token_class::tests(),
    ];
    needs::run(tests.into_iter().flatten())
}
