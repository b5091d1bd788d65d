//! What is printed: a screen that cannot be written to is no reason to die, nor to forget a verdict.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};
use std::sync::OnceLock;

use super::ExitCode;

/// Why standard output could not be written to, the first time.
static LOST: OnceLock<std::io::Error> = OnceLock::new();

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Telling {
    /// The verdict, and what differs.
    Quiet,
    /// What a person wants to see at one glance.
    #[default]
    Plain,
    /// Everything that is in the reports, too.
    Verbose,
}

static TELLING: OnceLock<Telling> = OnceLock::new();

/// Says how much is told, once and for all.
pub fn tell(telling: Telling) {
    let _ = TELLING.set(telling);
}

/// Whether details are told.
pub fn is_verbose() -> bool {
    TELLING.get().copied().unwrap_or_default() == Telling::Verbose
}

/// Whether nothing is told but the verdict.
pub fn is_quiet() -> bool {
    TELLING.get().copied().unwrap_or_default() == Telling::Quiet
}

/// Standard output, in colours where it is a terminal. It takes everything; the first failure is kept for [`code`].
pub struct Screen;

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // What a pipe's reader had enough of is not made any more.
        if LOST.get().is_none()
            && let Err(error) = anstream::stdout().write_all(bytes)
        {
            let _ = LOST.set(error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if LOST.get().is_none()
            && let Err(error) = anstream::stdout().flush()
        {
            let _ = LOST.set(error);
        }
        Ok(())
    }
}

/// Writes to standard output.
pub fn out(text: Arguments<'_>) {
    let _ = Screen.write_fmt(text);
}

/// Writes to standard error. Nobody could be told of a failure.
pub fn err(text: Arguments<'_>) {
    let _ = anstream::stderr().write_fmt(text);
}

/// The code to end with: what would be success is none where the output was lost. A reader that went away, such as `head`, lost nothing it wanted.
pub fn code(code: ExitCode) -> ExitCode {
    let _ = Screen.flush();
    match LOST.get() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            err(format_args!("error: standard output cannot be written to: {error}\n"));
            if code == ExitCode::Conformant { ExitCode::Environment } else { code }
        }
        _ => code,
    }
}

macro_rules! print {
    ($($text:tt)*) => { $crate::cli::screen::out(format_args!($($text)*)) };
}
macro_rules! println {
    () => { $crate::cli::screen::out(format_args!("\n")) };
    ($($text:tt)*) => { $crate::cli::screen::out(format_args!("{}\n", format_args!($($text)*))) };
}
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::cli::screen::err(format_args!("{}\n", format_args!($($text)*))) };
}
pub(crate) use {eprintln, print, println};
