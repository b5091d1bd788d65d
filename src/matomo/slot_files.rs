//! A slot's user directory: `config/config.ini.php`, `config/config.php`, `tmp/` and the probe with its own configuration.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::Database;
use crate::model::{Allowlist, Delivery, Entry, Form, SWITCHES, Settings, Switch};

/// Key of the dependency injection container that holds the allowlist (PR #24103).
const DI_KEY: &str = "token_auth.write_admin_allowed_module_actions";

/// What all slots of a run share.
#[derive(Clone, Debug)]
pub struct SlotFiles<'a> {
    /// How PHP reaches the database.
    pub database: &'a Database,
    /// Plugins to activate, without the probe.
    pub plugins: &'a [String],
    /// Plugins that are already installed; written so that no request installs them and rewrites the file.
    pub installed: &'a [String],
    /// Salt of the instance.
    pub salt: &'a str,
    /// `Section.key` of the allowlist in `config.ini.php`, where the Matomo under test reads one.
    pub ini_key: Option<&'a str>,
}

/// The same, to be kept for the time of a run.
#[derive(Clone, Debug)]
pub struct OwnedSlotFiles {
    database: Database,
    plugins: Vec<String>,
    installed: Vec<String>,
    salt: String,
    ini_key: Option<String>,
}

impl OwnedSlotFiles {
    /// Keeps what is shared.
    pub fn of(files: &SlotFiles<'_>) -> Self {
        Self {
            database: files.database.clone(),
            plugins: files.plugins.to_vec(),
            installed: files.installed.to_vec(),
            salt: files.salt.to_owned(),
            ini_key: files.ini_key.map(str::to_owned),
        }
    }

    /// Serves another schema from now on.
    pub fn serve_schema(&mut self, schema: String) {
        self.database.schema = schema;
    }

    /// As it is needed for writing.
    pub fn borrow(&self) -> SlotFiles<'_> {
        SlotFiles {
            database: &self.database,
            plugins: &self.plugins,
            installed: &self.installed,
            salt: &self.salt,
            ini_key: self.ini_key.as_deref(),
        }
    }
}

/// Writes the user directory of a slot: every file complete under its final name before a server starts.
pub fn write_slot(folder: &Path, assets: &Path, files: &SlotFiles<'_>, settings: &Settings) -> std::io::Result<()> {
    let probe = folder.join("plugins/ConformanceProbe");
    for dir in ["config", "tmp", "plugins"] {
        fs::create_dir_all(folder.join(dir))?;
    }
    fs::create_dir_all(&probe)?;
    for entry in fs::read_dir(assets.join("ConformanceProbe"))? {
        let entry = entry?;
        fs::copy(entry.path(), probe.join(entry.file_name()))?;
    }
    fs::write(folder.join("config/config.ini.php"), ini(files, settings))?;
    fs::write(folder.join("config/config.php"), instance_config(&settings.allowlist))?;
    let plugin = probe.join("config/config.php");
    if settings.allowlist.delivery != Delivery::Plugin && plugin.exists() {
        fs::remove_file(plugin)?;
    }
    if settings.allowlist.delivery == Delivery::Plugin {
        fs::create_dir_all(probe.join("config"))?;
        fs::write(probe.join("config/config.php"), plugin_config(&settings.allowlist))?;
    }
    Ok(())
}

fn ini(files: &SlotFiles<'_>, settings: &Settings) -> String {
    let database = files.database;
    let schema = if settings.anonymous_view { &database.anonymous_schema } else { &database.schema };
    let mut text = String::from("; <?php exit; ?> DO NOT REMOVE THIS LINE\n[database]\n");
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} = \"{value}\"");
    };
    line("host", &database.host);
    if database.socket.is_empty() {
        line("port", &database.port.to_string());
    } else {
        line("unix_socket", &database.socket);
    }
    line("username", &database.user);
    line("password", &database.password);
    line("dbname", schema);
    line("tables_prefix", "matomo_");
    line("charset", "utf8mb4");
    let switch = |switch: &Switch| Some(format!("{} = {}\n", switch.key?, switch.value(settings)));
    let switches: String = SWITCHES.iter().filter_map(switch).collect();
    let _ = write!(
        text,
        "\n[General]\nsalt = \"{}\"\ntrusted_hosts[] = \"127.0.0.1\"\nenable_trusted_host_check = 0\nenable_internet_features = 0\nenable_auto_update = 0\n\
         enable_update_communication = 0\n{switches}",
        files.salt
    );
    // A section that stands twice counts once, so keys of ours that belong to it follow at once.
    text.push_str(&ini_list(files, settings, "General"));
    text.push_str("\n[Login]\nenableBruteForceDetection = 0\n");
    text.push_str(&ini_list(files, settings, "Login"));
    if let Some((section, _)) =
        files.ini_key.and_then(|key| key.split_once('.')).filter(|(section, _)| !["General", "Login"].contains(section))
    {
        let _ = write!(text, "\n[{section}]\n{}", ini_list(files, settings, section));
    }
    text.push_str("\n[Plugins]\n");
    for plugin in files.plugins.iter().map(String::as_str).chain(["ConformanceProbe"]) {
        let _ = writeln!(text, "Plugins[] = \"{plugin}\"");
    }
    if !files.installed.is_empty() {
        text.push_str("\n[PluginsInstalled]\n");
        for plugin in files.installed {
            let _ = writeln!(text, "PluginsInstalled[] = \"{plugin}\"");
        }
    }
    text
}

/// The allowlist's lines for a section of `config.ini.php`, where it is configured there.
fn ini_list(files: &SlotFiles<'_>, settings: &Settings, section: &str) -> String {
    let Some((_, key)) = files.ini_key.and_then(|key| key.split_once('.')).filter(|(known, _)| *known == section) else {
        return String::new();
    };
    if settings.allowlist.delivery != Delivery::Ini {
        return String::new();
    }
    let texts = settings.allowlist.entries.iter().filter_map(|entry| if let Entry::Text(text) = entry { Some(text) } else { None });
    texts.fold(String::new(), |lines, text| lines + key + "[] = \"" + text + "\"\n")
}

/// What a slot without a list of its own in `config/config.php` takes over from the tree: its own file may have a list, as that of an instance
/// in use has. A list that this slot's plugin adds to is put behind one that replaces all others.
const OF_TREE: &str = "$file = PIWIK_INCLUDE_PATH . '/config/config.php';
$list = empty($GLOBALS['CONFORMANCE_BEFORE_INSTANCE']) && is_file($file) ? array_intersect_key((array) require $file, [$key => 0]) : [];
if (!$list || !$added || (is_object($list[$key]) && !$list[$key] instanceof Closure)) {
    return $list;
}
return [$key => static function ($container) use ($list, $key, $added) {
    $value = $list[$key] instanceof Closure ? $list[$key]($container) : $list[$key];
    return is_array($value) ? array_merge($value, $added) : $value;
}];
";

fn instance_config(allowlist: &Allowlist) -> String {
    let key = php_string(DI_KEY);
    if !allowlist.keeps_brought() {
        return format!("<?php\n\nreturn [\n    {key} => {},\n];\n", php_value(allowlist));
    }
    let added: &[Entry] = if allowlist.delivery == Delivery::Plugin { &allowlist.entries } else { &[] };
    format!("<?php\n\n$key = {key};\n$added = {};\n{OF_TREE}", php_list(added, false))
}

fn plugin_config(allowlist: &Allowlist) -> String {
    format!(
        "<?php\n\n$add = static fn (array $list) => class_exists('Piwik\\\\DI') ? \\Piwik\\DI::add($list) \
         : (class_exists('Matomo\\\\DI') ? \\Matomo\\DI::add($list) : \\DI\\add($list));\n\nreturn [\n    {} => $add({}),\n];\n",
        php_string(DI_KEY),
        php_list(&allowlist.entries, false)
    )
}

fn php_value(allowlist: &Allowlist) -> String {
    match allowlist.form {
        Form::List => php_list(&allowlist.entries, false),
        Form::Map => php_list(&allowlist.entries, true),
        Form::Closure => format!("static function () {{ return {}; }}", php_list(&allowlist.entries, false)),
        Form::Text => allowlist.entries.first().map_or_else(|| "''".to_owned(), php_entry),
        Form::Null => "null".to_owned(),
    }
}

fn php_list(entries: &[Entry], keyed: bool) -> String {
    let items: Vec<String> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| if keyed { format!("'key{index}' => {}", php_entry(entry)) } else { php_entry(entry) })
        .collect();
    format!("[{}]", items.join(", "))
}

fn php_entry(entry: &Entry) -> String {
    match entry {
        Entry::Text(text) => php_string(text),
        Entry::Bool(value) => value.to_string(),
        Entry::Number(value) => value.to_string(),
        Entry::Nested(inner) => php_list(inner, false),
        Entry::Keyed { key, value } => format!("{} => {}", php_string(key), php_entry(value)),
    }
}

fn php_string(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
