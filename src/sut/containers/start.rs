//! Starting a source tree or an official image in containers: images, network, database and PHP.

use std::path::Path;
use std::time::Duration;

use super::apache;
use super::container::{self, Plan};
use super::engine::Engine;
use super::image::{Family, ImageName};
use super::lease::Lease;
use super::recipe::{DEFAULT_BASE, Recipe};
use super::serving::{Containers, SHARE_INSIDE, TREE_INSIDE};
use crate::failure::{Failure, at};
use crate::matomo::Secrets;
use crate::model::Names;
use crate::plan::slots;
use crate::sut::start::{Wanted, bring_up};
use crate::sut::{Environment, Phases, Plugins, Progress, RunFolder, Source};

/// Port of the first slot inside of its container; the others follow.
const FIRST_PORT: u16 = 8001;

/// The Matomo that is to run.
#[derive(Clone, Debug)]
pub enum Matomo {
    /// A source tree, mounted read-only into a container with PHP.
    Tree(Source),
    /// A release, in the official image with Apache.
    Release(String),
}

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Database image.
    pub database: String,
    /// Base image of the PHP container.
    pub php_base: String,
    /// PHP version, where the base has several.
    pub php_version: String,
    /// `Section.key` of the allowlist in `config.ini.php`.
    pub ini_key: Option<String>,
    /// Plugins beside the default ones.
    pub plugins: Plugins,
    /// Whether one more slot is served in which every endpoint can be run.
    pub guarded: bool,
    /// Limit of each waiting phase.
    pub limit: Duration,
    /// Worker processes a slot.
    pub workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            database: "mysql:8.4".to_owned(),
            php_base: DEFAULT_BASE.to_owned(),
            php_version: String::new(),
            ini_key: None,
            plugins: Plugins::default(),
            guarded: false,
            limit: Duration::from_secs(60),
            workers: 2,
        }
    }
}

/// Starts a Matomo with all its slots.
pub async fn start(matomo: &Matomo, options: &Options, progress: &dyn Progress) -> Result<Environment, Failure> {
    // What is asked for is read first: a mistake must not cost a pull.
    if let Matomo::Tree(source) = matomo {
        options.plugins.beside(&source.path)?;
    }
    let wanted_database = ImageName::parse(&options.database)?;
    let family = wanted_database.family()?;
    let recipe = Recipe::php(&options.php_base, &options.php_version)?;
    let release = match matomo {
        Matomo::Tree(_) => None,
        Matomo::Release(version) => Some(ImageName::parse(&format!("matomo:{version}-apache"))?),
    };

    let mut phases = Phases::default();
    phases.begin("reach engine", progress);
    let engine = Engine::reach().await?;
    phases.begin("get database image", progress);
    let database_image = match Recipe::database(&wanted_database)? {
        Some(recipe) => engine.build(&recipe, progress).await?,
        None => {
            engine.obtain(&wanted_database, progress).await?;
            wanted_database.clone()
        }
    };
    phases.begin(if release.is_some() { "get Matomo image" } else { "get PHP image" }, progress);
    let php_image = match release {
        Some(image) => {
            engine.obtain(&image, progress).await?;
            image
        }
        None => engine.build(&recipe, progress).await?,
    };

    phases.begin("start containers", progress);
    let folder = RunFolder::create()?;
    let share = folder.sub("share")?;
    std::fs::create_dir_all(share.join("logs")).map_err(at(&share, "write to"))?;
    let lease = Lease::new(&engine, &folder.id);
    let network = lease.network().await?;
    let user = user_inside(&engine, matomo);
    let first = usize::from(FIRST_PORT);
    let count = slots(&Names::default(), options.ini_key.is_some()).len() + usize::from(options.guarded);
    let ports: Vec<u16> = (first..first + count).filter_map(|port| u16::try_from(port).ok()).collect();
    let password = Secrets::random_token();
    let (php, database) = futures::join!(
        container::start(&engine, &lease, &network, &php_image, php_plan(matomo, &share, &user, ports.clone(), options.limit)),
        container::start(&engine, &lease, &network, &database_image, database_plan(family, &password, options.limit)),
    );
    let mut containers = Containers {
        php: php?,
        database: database?,
        network,
        tree: if matches!(matomo, Matomo::Tree(_)) { TREE_INSIDE } else { apache::ROOT },
        official: matches!(matomo, Matomo::Release(_)),
        open: matches!(matomo, Matomo::Release(_)) && user.starts_with("33:"),
        user,
        password,
        ports,
        serving: 0,
        about: None,
        limit: options.limit,
        workers: options.workers,
        share,
        engine,
        _lease: lease,
        _folder: folder,
    };
    containers.check().await?;

    let (kind, name) = match matomo {
        Matomo::Tree(source) => ("source", source.path.file_name().unwrap_or_default().to_string_lossy().into_owned()),
        Matomo::Release(version) => ("release", version.clone()),
    };
    let (ini_key, plugins) = (options.ini_key.clone(), options.plugins.clone());
    let wanted = Wanted { kind, name, ini_key, plugins, changing: false, guarded: options.guarded, limit: options.limit };
    bring_up(containers, &wanted, phases, progress).await
}

/// As whom PHP runs inside, so that what it writes belongs to whoever runs the harness, and Apache does not run as root.
fn user_inside(engine: &Engine, matomo: &Matomo) -> String {
    let (uid, gid) = (nix::unistd::getuid(), nix::unistd::getgid());
    let root_inside = engine.rootless || uid.is_root();
    match matomo {
        Matomo::Release(_) if root_inside => "33:33".to_owned(),
        _ if root_inside => "0:0".to_owned(),
        _ => format!("{uid}:{gid}"),
    }
}

fn php_plan(matomo: &Matomo, share: &Path, user: &str, ports: Vec<u16>, limit: Duration) -> Plan {
    let mut mounts = vec![(share.to_owned(), SHARE_INSIDE.to_owned(), false)];
    if let Matomo::Tree(source) = matomo {
        mounts.push((source.path.clone(), TREE_INSIDE.to_owned(), true));
    }
    // The official image's entry point fills the web root before it comes to this command.
    let command = format!("touch {SHARE_INSIDE}/up; exec sleep infinity");
    Plan {
        role: "matomo",
        mounts,
        ports,
        command: vec!["sh".to_owned(), "-c".to_owned(), command],
        user: matches!(matomo, Matomo::Tree(_)).then(|| user.to_owned()),
        limit,
        ..Plan::default()
    }
}

/// The same server options as in the runtime `local`; the official images and ours take them as they are.
fn database_plan(family: Family, password: &str, limit: Duration) -> Plan {
    let mut command = vec![
        "--skip-log-bin",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=64M",
        "--max-connections=400",
        "--performance-schema=OFF",
    ];
    if family == Family::Mysql {
        command.push("--mysqlx=OFF");
    }
    let variables = [
        ("MYSQL_ROOT_PASSWORD", password),
        ("MARIADB_ROOT_PASSWORD", password),
        ("MYSQL_INITDB_SKIP_TZINFO", "1"),
        ("MARIADB_INITDB_SKIP_TZINFO", "1"),
    ];
    Plan {
        role: "database",
        environment: variables.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        command: command.into_iter().map(str::to_owned).collect(),
        limit,
        ..Plan::default()
    }
}
