//! `serve`: starts an environment and keeps it, here until Ctrl-C or in the background until `clean` ends it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::screen::{Screen, println};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, dup2_stderr, dup2_stdout, setsid};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::args::ServeArgs;
use super::exit::ExitCode;
use super::signals::interrupted;
use super::start::Wants;
use crate::failure::{Failure, at};
use crate::report::{export_lines, print_served};
use crate::sut::{RunFolder, Served, create_private};

/// Runs `serve`.
pub async fn run(args: &ServeArgs) -> Result<ExitCode, Failure> {
    if args.keeper {
        return Box::pin(keep(args)).await;
    }
    if args.tokens.is_none() && !std::io::stdout().is_terminal() {
        return Err(Failure::usage("tokens are shown on a terminal only, and this is none").hint("give --tokens FILE"));
    }
    if let Some(file) = args.tokens.as_deref().filter(|file| file.exists()) {
        return Err(Failure::usage(format!("{} is there already", file.display())).hint("remove it, or give another file to --tokens"));
    }
    if args.detach { detach(args).await } else { Box::pin(keep(args)).await }
}

/// Starts and keeps an environment; it goes with everything of it when a signal comes.
async fn keep(args: &ServeArgs) -> Result<ExitCode, Failure> {
    if args.keeper {
        // Away from the terminal, so that its Ctrl-C and its end are none of ours. It fails where that is so already.
        let _ = setsid();
    }
    let signal = tokio::spawn(interrupted());
    let folder = RunFolder::create()?;
    let environment = super::start::start(&args.target, Wants { edited: true, ..Wants::default() }).await?;
    let served = Served::of(&environment, &folder.id, args.keeper);
    let record = served.keep(&folder)?;
    let _tokens = args.tokens.as_deref().map(|file| TokensFile::create(file, &served)).transpose()?;
    if args.keeper {
        hand_over(&record, &folder)?;
    } else {
        show(&served, args.tokens.as_deref())?;
        println!("\nCtrl-C ends it");
    }
    let _ = signal.await;
    Ok(ExitCode::Conformant)
}

/// The file that was asked for; it goes with the environment whose tokens it holds.
struct TokensFile(PathBuf);

impl TokensFile {
    fn create(file: &Path, served: &Served) -> Result<Self, Failure> {
        create_private(file, &export_lines(served))?;
        Ok(Self(std::path::absolute(file).unwrap_or_else(|_| file.to_owned())))
    }
}

impl Drop for TokensFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Tells the command that waits where the record is, and lets go of what is its own: somebody may wait for the end of its output.
fn hand_over(record: &Path, folder: &RunFolder) -> Result<(), Failure> {
    let gone = |error: std::io::Error| Failure::environment(format!("the command that started this is gone: {error}"));
    let mut out = std::io::stdout();
    writeln!(out, "{}", record.display()).and_then(|()| out.flush()).map_err(gone)?;
    let log = folder.path().join("serve.log");
    let log = File::create(&log).map_err(at(&log, "create"))?;
    let swap = dup2_stdout(&log).and_then(|()| dup2_stderr(&log));
    swap.map_err(|error| Failure::environment(format!("the output cannot be let go of: {error}")))
}

/// Starts a process that keeps the environment, and waits until it is ready or has said why not.
async fn detach(args: &ServeArgs) -> Result<ExitCode, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::environment(error.to_string()))?;
    let words: Vec<OsString> = std::env::args_os().skip(1).filter(|word| word != "--detach").collect();
    let mut command = Command::new(&program);
    command.args(words).arg("--keeper").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut keeper = command.spawn().map_err(|error| Failure::environment(format!("cannot start {}: {error}", program.display())))?;
    let mut said = String::new();
    let Some(mut out) = keeper.stdout.take() else { return Err(Failure::environment("the process in the background has no output")) };
    tokio::select! {
        read = out.read_to_string(&mut said) => {
            read.map_err(|error| Failure::environment(format!("the process in the background cannot be heard: {error}")))?;
        }
        () = interrupted() => {
            ask_to_end(&keeper);
            return ended(&mut keeper).await;
        }
    }
    let Some(record) = said.strip_suffix('\n') else { return ended(&mut keeper).await };
    let served = Served::read(Path::new(record))?;
    show(&served, args.tokens.as_deref())?;
    println!("\n`matomo-conformance clean {}` ends it", served.id);
    Ok(ExitCode::Conformant)
}

/// The keeper has told its reasons itself.
async fn ended(keeper: &mut Child) -> Result<ExitCode, Failure> {
    let status = keeper.wait().await.map_err(|error| Failure::environment(format!("the process in the background is lost: {error}")))?;
    match status.code() {
        Some(0) | None => Err(Failure::environment(format!("the process in the background ended with {status} before it was ready"))
            .hint("`matomo-conformance clean` removes what it left")),
        Some(code) => Ok(ExitCode::of_number(code)),
    }
}

fn ask_to_end(keeper: &Child) {
    if let Some(pid) = keeper.id().and_then(|pid| i32::try_from(pid).ok()) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
}

fn show(served: &Served, file: Option<&Path>) -> Result<(), Failure> {
    // A shell looks up a name without a slash elsewhere.
    let file = file.map(|file| std::path::absolute(file).unwrap_or_else(|_| file.to_owned()));
    print_served(&mut Screen, served, file.as_deref()).map_err(|error| Failure::environment(format!("cannot write: {error}")))
}
