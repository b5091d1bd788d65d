//! The PHP files of a tree that may answer a request, with their texts.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// A file, named below the tree, and its text.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// The class that it holds by its name.
    pub(super) fn class(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".php").unwrap_or(name)
    }
}

/// Folders of which no PHP answers a request.
const SILENT: [&str; 9] = ["tests", "Test", "node_modules", "vue", "javascripts", "images", "lang", "stylesheets", "docs"];

/// Where Matomo's own PHP stands.
const TOPS: [&str; 6] = ["core", "plugins", "config", "libs", "vendor/matomo", "index.php"];

/// Reads them all, sorted by name. What cannot be read or is no UTF-8 is left out.
pub(super) fn read(tree: &Path) -> Vec<File> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for top in TOPS {
        let entries = WalkDir::new(tree.join(top)).into_iter();
        let entries = entries.filter_entry(|entry| !entry.file_name().to_str().is_some_and(|name| SILENT.contains(&name)));
        paths.extend(entries.flatten().map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|ext| ext == "php")));
    }
    paths.sort();
    let file = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        let below = path.strip_prefix(tree).unwrap_or(&path);
        Some(File { path: below.to_string_lossy().replace('\\', "/"), text })
    };
    paths.into_iter().filter_map(file).collect()
}

/// Works on all files with all cores; answers come in the order of the files.
pub(super) fn parallel<T: Send>(files: &[File], work: impl Fn(&File) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some(file) = files.get(index) else { return done };
                        done.push((index, work(file)));
                    }
                })
            })
            .collect();
        jobs.into_iter().flat_map(|job| job.join().unwrap_or_else(|error| std::panic::resume_unwind(error))).collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, answer)| answer).collect()
}
