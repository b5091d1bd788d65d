//! `endpoints`: the catalogue of a Matomo, or the words of its tree.

use std::time::Instant;

use super::screen::{eprintln, println};

use super::args::EndpointsArgs;
use super::exit::ExitCode;
use super::start::Wants;
use super::sweep::names_of_changed_files;
use crate::failure::Failure;
use crate::mutation::Dictionary;
use crate::sut::Source;

/// Prints every endpoint with its kind and other names, or every word.
pub async fn run(args: &EndpointsArgs) -> Result<ExitCode, Failure> {
    if args.words {
        return words(args);
    }
    let environment = super::start::start(&args.target, Wants::default()).await?;
    for (name, endpoint) in environment.catalogue.own_endpoints() {
        let kind = format!("{:?}", endpoint.kind).to_lowercase();
        println!("{name}\t{kind}\t{}", endpoint.aliases.join(" "));
    }
    Ok(ExitCode::Conformant)
}

/// Prints what the tree asks a request for, and what it compares near its decisions. Nothing is started.
fn words(args: &EndpointsArgs) -> Result<ExitCode, Failure> {
    let Some(tree) = &args.target.source else {
        return Err(Failure::usage("--words reads a tree, and none was named").hint("give --source DIR"));
    };
    let source = Source::open(tree)?;
    let changed = args.changed_files.as_deref().map(names_of_changed_files).transpose()?.unwrap_or_default();
    let begun = Instant::now();
    let Dictionary { files, words, literals } = Dictionary::of(&source.path, &changed);
    let took = begun.elapsed();
    for word in &words {
        let (file, line) = &word.place;
        let near = if word.near { "near" } else { "far" };
        let values: Vec<String> = word.values.iter().map(|value| format!("{value:?}")).collect();
        println!("{}\t{}\t{near}\t{file}:{line}\t{}", word.kind, word.name, values.join(" "));
    }
    for (text, (file, line)) in &literals {
        println!("compared\t{text:?}\tnear\t{file}:{line}\t");
    }
    let (words, literals) = (words.len(), literals.len());
    eprintln!(
        "{words} names, {literals} texts and numbers compared near a decision, in {files} files; read in {:.1} s",
        took.as_secs_f64()
    );
    Ok(ExitCode::Conformant)
}
