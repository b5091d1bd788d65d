//! One request, asked once: what became of it, whatever the model says.

use indicatif::ProgressBar;

use super::brought::{Brought, read_all};
use super::replayable::{Replayable, named, outcome, toml_file};
use super::{PATIENCE, Repeats, find_principal};
use crate::ask::{Client, ExactSender};
use crate::cli::args::ReplayArgs;
use crate::cli::signals::interrupted;
use crate::cli::start::{Wants, start};
use crate::failure::Failure;
use crate::matomo::Observation;
use crate::model::{Answer, Features, Names};
use crate::plan::{Filter, slots};
use crate::report::rights_text;

/// What became of it.
pub enum Once {
    /// Opened as whom and with what rights, or refused why.
    Clear(String),
    /// It cannot be said, and why.
    Unclear(String),
}

/// Sees, before anything is started, that it is one request which somebody asks.
pub fn is_one_request(args: &ReplayArgs) -> Result<(), Failure> {
    if args.principal.as_deref() == Some("all") {
        return Err(Failure::usage("--as all is for replay: here one principal asks"));
    }
    args.principal.as_deref().map(find_principal).transpose()?;
    match read_all(args)?.as_slice() {
        [Brought::Pasted(requests)] if requests.len() == 1 => Ok(()),
        // Whatever the release, a misspelled name is one.
        [Brought::Named(name)] => named(name, &slots(&Names::default(), true), &Features::default()).map(drop),
        [Brought::Toml(_)] => Ok(()),
        _ => Err(Failure::usage(format!("{:?} is not one request", args.what.join(" ")))
            .hint("give a case id, or one line or address as replay reads it")),
    }
}

/// Starts the target, asks, and stops it.
pub async fn once(args: &ReplayArgs) -> Result<Once, Failure> {
    let principal = args.principal.as_deref().map(find_principal).transpose()?;
    // Files are exchanged between two starts: no compiled one may be kept.
    let environment = start(&args.target, Wants { changing_slot: true, edited: true, ..Wants::default() }).await?;
    let slots: Vec<_> = environment.slots.iter().map(|served| served.slot.clone()).collect();
    let client = Client::new(&environment, PATIENCE)?;
    let filter = Filter::new(&[], &[]).map_err(Failure::usage)?;
    let repeats = Repeats {
        environment: &environment,
        client: &client,
        exact: ExactSender::new(environment.secrets.clone(), PATIENCE),
        slots: &slots,
        slot: &args.slot,
        filter: &filter,
        principal,
        complete: args.complete,
        json: false,
        in_full: false,
        secrets: environment.secrets.clone(),
        alone: tokio::sync::RwLock::default(),
        bar: ProgressBar::hidden(),
        stop: tokio::spawn(interrupted()),
    };
    let mut all = Vec::new();
    for one in read_all(args)? {
        match one {
            Brought::Pasted(requests) => {
                for request in requests {
                    all.extend(Replayable::pasted(request, &repeats)?);
                }
            }
            Brought::Named(name) => all.extend(named(&name, &slots, &environment.features)?),
            Brought::Toml(file) => all.extend(toml_file(&file, &slots, &environment.features)?),
            Brought::Log(_) | Brought::Results(_) => {}
        }
    }
    let [one] = all.as_slice() else {
        return Err(Failure::usage(format!("{:?} is {} requests on this release, and one is needed", args.what.join(" "), all.len())));
    };
    let played = repeats.play(one).await?;
    repeats.stop.abort();
    Ok(match &played.observation {
        Observation::Clear { answer: answer @ Answer::Opened { who, .. }, .. } => {
            Once::Clear(format!("{} with {}", outcome(answer), rights_text(&who.rights)))
        }
        Observation::Clear { answer: Answer::Denied { reason }, .. } => Once::Clear(format!("refused: {}", reason.name())),
        unclear => Once::Unclear(repeats.redact(&unclear.in_words())),
    })
}
