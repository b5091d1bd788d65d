//! A run of `matrix` on the simulated target, and what it wrote.

use std::fs;
use std::path::{Path, PathBuf};

use matomo_conformance::report::matrix::Matrix;

use super::program;

/// Names under which a browser that runs without a screen is known.
pub const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

pub const NOTICE: &str = "no real Matomo was tested";

pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
    pub folder: PathBuf,
}

impl Run {
    pub fn of(folder: &Path, args: &[&str]) -> Self {
        let mut command = program();
        command.arg("matrix").args(args).arg("--output").arg(folder);
        let done = command.output().expect("the program starts");
        Self {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
            folder: folder.to_owned(),
        }
    }

    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}\n{}\n{}", self.out, self.err))
    }

    pub fn matrix(&self) -> Matrix {
        Matrix::read(&self.file("matrix.json")).expect("a matrix")
    }
}
