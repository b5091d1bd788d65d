//! The guarded slot: a schema of its own, an account that may only read, and PHP without mails, processes and sockets.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::environment::{GUARDED, GuardedSlot, ServedSlot};
use super::phases::{Phases, Progress};
use super::runtime::Runtime;
use super::start::{Wanted, first_answer, folder, script};
use super::state;
use crate::failure::{Failure, at};
use crate::matomo::{Database, Secrets, SlotFiles, write_slot};
use crate::model::Settings;
use crate::plan::{OwnCatalogue, Slot};

/// Files of a slot that endpoints may write and that are there from the start; `guard.php` puts these back and removes others that appear.
const FILES: [&str; 2] = ["config/config.ini.php", "config/config.php"];

/// The slot as such: nothing is set.
pub fn slot() -> Slot {
    Slot { name: GUARDED, settings: Settings::default() }
}

/// Makes the slot ready and serves it, where it is wanted. Sessions that are open are copied into its schema, so that their cookies are good there too.
pub async fn serve<R: Runtime>(
    runtime: &mut R,
    files: &SlotFiles<'_>,
    wanted: &Wanted,
    secrets: &mut Secrets,
    phases: &mut Phases,
    progress: &dyn Progress,
) -> Result<Option<GuardedSlot>, Failure> {
    if !wanted.guarded {
        return Ok(None);
    }
    phases.begin("make the guarded slot", progress);
    let assets = runtime.share().join("assets");
    let account = files.database.guarded(Secrets::random_token());
    secrets.set("GUARDED_PASSWORD", account.password.clone());
    let setup = folder(runtime.share(), "guarded-setup")?;
    let mut database = files.database.clone();
    database.schema.clone_from(&account.schema);
    write_slot(&setup, &assets, &SlotFiles { database: &database, ..files.clone() }, &Settings::default()).map_err(at(&setup, "write"))?;
    let input = json!({
        "database": files.database,
        "schema": account.schema,
        "account": {"user": account.user, "password": account.password},
    });
    let catalogue: OwnCatalogue = script(runtime, "own_checks", &setup, Some(&input.to_string())).await.map_err(|failure| {
        failure.hint("the database account has to be one that may create users and grant rights; without it own checks cannot be asked for")
    })?;
    let catalogue = catalogue.with_objects_of_others();

    let user = folder(runtime.share(), "slots")?.join(GUARDED);
    write_slot(&user, &assets, &SlotFiles { database: &account, ..files.clone() }, &Settings::default()).map_err(at(&user, "write"))?;
    let kept = folder(&user.join("guarded"), "config")?;
    for file in FILES {
        std::fs::copy(user.join(file), user.join("guarded").join(file)).map_err(at(&kept, "write to"))?;
    }
    let mark = user.join("guarded.json");
    std::fs::write(&mark, "{}\n").map_err(at(&mark, "write"))?;

    phases.begin("start the guarded slot", progress);
    let urls = runtime.serve(&[(slot(), user.clone())]).await?;
    let url = urls.into_iter().next().ok_or_else(|| Failure::environment("the guarded slot is not served"))?;
    let log = runtime.log(GUARDED);
    first_answer(&ServedSlot { slot: slot(), url: url.clone(), log: None }, &log, wanted.limit).await?;
    Ok(Some(GuardedSlot { url, log, reached: user.join("reached.jsonl"), catalogue, state: None }))
}

/// The slot with somebody who looks at its schema.
pub fn looked_at<R: Runtime>(slot: GuardedSlot, runtime: &Arc<R>, user: &Path, connection: &Database) -> GuardedSlot {
    let account = connection.guarded(String::new());
    let database = Database { schema: account.schema.clone(), anonymous_schema: account.schema, ..connection.clone() };
    let state = state::Provisioned { runtime: Arc::clone(runtime), user: user.to_owned(), database };
    GuardedSlot { state: Some(Box::new(state)), ..slot }
}
