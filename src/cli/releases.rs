//! `releases`: checks every tree of a folder, one after the other, and keeps the table release × result.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::screen::{eprintln, println};
use serde_json::Value;

use super::args::ReleasesArgs;
use super::exit::ExitCode;
use crate::failure::{Failure, at};
use crate::report::{ReleaseRow, ReleaseTable, splice};

/// Runs `releases`.
pub fn run(args: &ReleasesArgs) -> Result<ExitCode, Failure> {
    let trees = trees(args)?;
    let mut table = read_table(&args.json)?;
    let mut worst = ExitCode::Conformant;
    for tree in &trees {
        let name = tree.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let output = args.output.join(&name);
        if !(args.reuse && output.join("results.json").is_file()) {
            eprintln!("{name}: checking");
            check(tree, &output, args)?;
        }
        let results = read_json(&output.join("results.json"))?;
        let row = ReleaseRow::of_results(&name, &results).ok_or_else(|| {
            Failure::environment(format!("{name}: the run left no complete results.json")).hint(format!("see {}", output.display()))
        })?;
        println!("{name}: {} cases, exit code {}", row.cases, row.exit);
        if row.exit != 0 {
            worst = ExitCode::Difference;
        }
        table.software = software(&results);
        table.put(row);
        // Kept after every tree: a run takes minutes, and an interrupted one loses nothing.
        write(&args.json, &format!("{:#}\n", serde_json::to_value(&table).map_err(Failure::internal)?))?;
    }
    if let Some(document) = &args.document {
        let text = std::fs::read_to_string(document).map_err(at(document, "read"))?;
        let text = splice(&text, "releases", &table.to_markdown())
            .ok_or_else(|| Failure::usage(format!("{} has no marks <!-- releases --> and <!-- /releases -->", document.display())))?;
        write(document, &text)?;
    }
    Ok(worst)
}

fn trees(args: &ReleasesArgs) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(&args.folder).map_err(at(&args.folder, "read"))?;
    let mut trees: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.join("core/Version.php").is_file()).collect();
    let named = |path: &Path| path.file_name().is_some_and(|name| args.tree.iter().any(|wanted| name == wanted.as_str()));
    trees.retain(|path| args.tree.is_empty() || named(path));
    trees.sort();
    if trees.is_empty() || (!args.tree.is_empty() && trees.len() != args.tree.len()) {
        return Err(Failure::usage(format!("not every tree that was asked for is in {}", args.folder.display()))
            .hint("a tree is a folder with core/Version.php"));
    }
    Ok(trees)
}

/// One `check` in a process of its own, so that no run can disturb the next one.
fn check(tree: &Path, output: &Path, args: &ReleasesArgs) -> Result<(), Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::environment(error.to_string()))?;
    let parent = output.parent().unwrap_or(output);
    std::fs::create_dir_all(parent).map_err(at(parent, "create"))?;
    let status = Command::new(&program).arg("check").arg("--source").arg(tree).arg("--output").arg(output).args(&args.check).status();
    let status = status.map_err(|error| Failure::environment(format!("cannot start {}: {error}", program.display())))?;
    match status.code() {
        Some(0 | 2 | 3 | 4 | 5) => Ok(()),
        Some(130) | None => Err(Failure::interrupted()),
        Some(code) => Err(Failure::environment(format!("check on {} ended with {code}", tree.display()))),
    }
}

fn software(results: &Value) -> String {
    let of = |name: &str| results["target"]["software"][name].as_str().unwrap_or_default().to_owned();
    let database = of("database");
    let (number, kind) = database
        .split_once('-')
        .map_or((database.as_str(), "MySQL"), |(number, rest)| (number, if rest.contains("MariaDB") { "MariaDB" } else { "MySQL" }));
    format!("PHP {} and {kind} {number}", of("php"))
}

fn read_table(path: &Path) -> Result<ReleaseTable, Failure> {
    if !path.exists() {
        return Ok(ReleaseTable::default());
    }
    serde_json::from_value(read_json(path)?).map_err(|error| Failure::usage(format!("{} is no table of releases: {error}", path.display())))
}

fn read_json(path: &Path) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(path).map_err(at(path, "read"))?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(at(path, "write"))
}
