//! What every PHP that runs Matomo needs, wherever it runs: extensions and settings.

/// Extensions without which Matomo does not start, each with the part of its Debian package's name.
const EXTENSIONS: [(&str, &str); 8] = [
    ("pdo_mysql", "mysql"),
    ("mbstring", "mbstring"),
    ("dom", "xml"),
    ("simplexml", "xml"),
    ("xmlreader", "xml"),
    ("gd", "gd"),
    ("curl", "curl"),
    ("json", "cli"),
];

/// Settings for scripts and servers. Older releases print deprecations on newer PHP; where they go into a page they break it.
/// Coverage and debugging slow every request down, and are on as soon as Debian's packages are installed.
pub const SETTINGS: [(&str, &str); 5] =
    [("display_errors", "0"), ("memory_limit", "512M"), ("error_reporting", "8191"), ("pcov.enabled", "0"), ("xdebug.mode", "off")];

/// Settings for servers only. Files that change while they are served are never kept compiled (`opcache.blacklist_filename`), all others do not
/// change, so that nobody has to look whether they did.
pub const SERVER_SETTINGS: [(&str, &str); 9] = [
    ("opcache.enable_cli", "1"),
    ("opcache.validate_timestamps", "0"),
    ("opcache.enable_file_override", "1"),
    ("opcache.interned_strings_buffer", "16"),
    ("realpath_cache_size", "4096K"),
    ("realpath_cache_ttl", "3600"),
    ("opcache.memory_consumption", "96"),
    ("opcache.max_accelerated_files", "20000"),
    ("log_errors", "0"),
];

/// Functions that PHP leaves out in a guarded slot; `guard.php` takes their places and notes that they were reached.
pub const GUARDED_FUNCTIONS: &str =
    "mail,exec,passthru,shell_exec,system,proc_open,popen,fsockopen,pfsockopen,stream_socket_client,curl_exec,curl_multi_exec";

/// A line of PHP that prints version and extensions as JSON.
pub const ABOUT: &str = "echo json_encode(['version' => PHP_VERSION, 'extensions' => array_map('strtolower', get_loaded_extensions())]);";

/// What that line prints.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct About {
    /// Its version.
    pub version: String,
    /// Its extensions, in lower case.
    pub extensions: Vec<String>,
}

impl About {
    /// Needed extensions that are not there, and the Debian packages that have them.
    pub fn missing(&self) -> (Vec<&'static str>, Vec<String>) {
        let missing = || EXTENSIONS.iter().filter(|(name, _)| !self.extensions.iter().any(|known| known == name));
        let minor: String = self.version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        let mut packages: Vec<String> = missing().map(|(_, package)| format!("php{minor}-{package}")).collect();
        packages.dedup();
        (missing().map(|(name, _)| *name).collect(), packages)
    }
}
