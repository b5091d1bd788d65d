//! A running Matomo whose files are swapped under it, and the questions that are put to it each time.

use std::ops::Range;
use std::time::Duration;

use futures::StreamExt as _;
use reqwest::Client;

use super::engine::{Conduct, Stop, conduct};
use super::sender::Sender;
use super::split::Splitter;
use crate::failure::Failure;
use crate::judge::{Verdict, judge, suspects};
use crate::matomo::{Observation, observe};
use crate::model::{Ask, Names, decide};
use crate::plan::{Breadth, Filter, PRINCIPALS, Plan, exhaustive};
use crate::sut::{Environment, open_dead_sessions, open_sessions};

/// The header by which a swapped file says that it was loaded.
pub const MARK_HEADER: &str = "x-conformance-mutant";

/// Cases that every Matomo answers that works at all: who needs nothing, and who may do anything.
const ALIVE: [&str; 2] = [
    "default/anonymous/none/real/ConformanceProbe.needNothing",
    "default/super/body/real/?module=API&method=ConformanceProbe.getRights&format=json",
];

/// Two requests that between them load every file that decides.
const LOADING: [&str; 2] = [
    "module=Widgetize&action=iframe&moduleToWidgetize=ConformanceProbe&actionToWidgetize=needNothing&idSite=1&period=day&date=today&token_auth=$TOKEN_VIEW",
    "module=ConformanceProbe&action=needNothing",
];

/// No answer of a Matomo that works takes longer; a mutant may hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// The first case that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstDifference {
    /// Its id.
    pub case: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// The clause it points to.
    pub clause: String,
}

/// What a run up to the first difference found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// The difference.
    pub found: Option<FirstDifference>,
    /// The first case whose answer could not be read, with what was seen.
    pub unread: Option<(String, String)>,
    /// Cases compared.
    pub compared: usize,
}

/// Whether a text is what runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// It is.
    Yes,
    /// A slot runs an older text of the same file: nothing that is seen can be believed.
    Stale(String),
    /// The slot that was asked does not load the file at all.
    Never(String),
}

/// A running Matomo with the cases that are run on it.
pub struct ServedTree {
    environment: Environment,
    names: Names,
    plan: Plan,
    sender: Sender,
    client: Client,
}

impl ServedTree {
    /// Takes a running Matomo, with the default plan for it.
    pub fn new(environment: Environment, seed: u64) -> Result<Self, Failure> {
        let names = environment.catalogue.names();
        let slots = environment.slots.iter().map(|served| served.slot.clone()).collect();
        let plan = exhaustive(&names, &environment.features, slots, Breadth::Default, &Filter::default(), seed);
        let sender = sender(&environment)?;
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().pool_max_idle_per_host(0).timeout(PATIENCE);
        let client = client.build().map_err(|error| Failure::environment(format!("no HTTP client: {error}")))?;
        Ok(Self { environment, names, plan, sender, client })
    }

    /// The Matomo.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// How many cases there are.
    pub fn cases(&self) -> usize {
        self.plan.cases.len()
    }

    /// Runs some of the cases in order up to the first difference. When it ends, no request is under way any more.
    pub async fn first_difference(&self, part: Range<usize>, settings: &Conduct) -> Finding {
        let mut finding = Finding::default();
        let (first, end) = (part.start.min(self.cases()), part.end.min(self.cases()));
        let plan = Plan { cases: self.plan.cases[first..end].to_vec(), ..self.plan.clone() };
        // A request that still loads a file while the next text is put in place may leave PHP with the old text under the
        // new time. So the run is asked to stop and waited for, never dropped.
        let mine = Conduct { stop: Stop::default(), ..settings.clone() };
        let mut differing = None;
        let ended = conduct(&self.environment, &self.names, &plan, &self.sender, &mine, |event| {
            if settings.stop.asked() {
                mine.stop.ask();
            }
            if finding.found.is_some() {
                return Ok::<(), std::convert::Infallible>(());
            }
            finding.compared += 1;
            let case = event.plan.id(event.case);
            if event.verdict.differs() {
                let clause = event.with_ask(|ask| suspects(ask, &event.observation).first().copied());
                let clause = clause.unwrap_or(event.decision.clause).to_string();
                finding.found = Some(FirstDifference { case, verdict: event.verdict, clause });
                differing = Some(event.case);
                mine.stop.ask();
            } else if event.verdict != Verdict::Agree && finding.unread.is_none() {
                finding.unread = Some((case, event.observation.in_words()));
            }
            Ok(())
        })
        .await;
        let Ok(()) = ended;
        // What the request carries in company is told by the words that make the difference.
        if let Some(case) = differing
            && let Some(split) = Splitter::of(&self.environment, &self.names, &self.sender).split(&plan, case).await
            && let Some(found) = &mut finding.found
        {
            found.case = split.case;
        }
        finding
    }

    /// Whether the text with this mark is what runs. Each text is asked of one slot, of the next slot each time: all slots serve
    /// the same file, and what a case finds is tried on the clean tree afterwards.
    pub async fn loads(&self, mark: u32) -> Loaded {
        let slots = &self.environment.slots;
        let Some(slot) = slots.get(mark as usize % slots.len().max(1)) else { return Loaded::Never("no slot is served".to_owned()) };
        let (name, wanted) = (slot.slot.name, &mark.to_string());
        let seen = self.marks_of(&slot.url, wanted).await;
        match seen.iter().find(|seen| *seen == wanted).or(seen.first()) {
            Some(seen) if seen == wanted => Loaded::Yes,
            Some(other) => Loaded::Stale(format!("slot {name} still runs text {other} of a file that now has text {mark}")),
            None => Loaded::Never(format!("slot {name} never gets as far as loading the file")),
        }
    }

    async fn marks_of(&self, base: &str, wanted: &str) -> Vec<String> {
        let mut marks = Vec::new();
        for query in LOADING {
            if marks.iter().any(|mark| mark == wanted) {
                break;
            }
            let url = self.environment.secrets.reveal(&format!("{base}/index.php?{query}&language=en"));
            let Ok(answer) = self.client.get(url).send().await else { continue };
            let mark = answer.headers().get(MARK_HEADER).and_then(|value| value.to_str().ok());
            marks.extend(mark.map(str::to_owned));
            let _ = answer.bytes().await;
        }
        marks
    }

    /// Whether Matomo works at all: both living answers can be read, and one of them is as it must be. Else why not.
    pub async fn lives(&self) -> Result<(), String> {
        let mut fine = false;
        for id in ALIVE {
            match self.one(id).await? {
                (Verdict::Agree, _) => fine = true,
                (Verdict::Unknown | Verdict::Error, observation) => return Err(format!("{id}: {}", observation.in_words())),
                _ => {}
            }
        }
        if fine { Ok(()) } else { Err("neither anonymous nor super user gets anything".to_owned()) }
    }

    /// Whether all sessions and the given case answer as they must, and every slot where that is asked. Else which does not.
    pub async fn is_clean(&self, case: Option<&str>, every_slot: bool) -> Result<(), String> {
        let slots = self
            .plan
            .slots
            .iter()
            .filter(|_| every_slot)
            .map(|slot| format!("{}/anonymous/none/real/ConformanceProbe.needNothing", slot.name));
        let sessions = PRINCIPALS.iter().filter(|who| who.session.is_some());
        let sessions = sessions.map(|who| format!("default/{}/cookie/real/ConformanceProbe.needNothing", who.name));
        let ids: Vec<String> = slots.chain(sessions).chain(case.map(str::to_owned)).collect();
        let answers = futures::stream::iter(&ids).map(|id| async move { (id, self.one(id).await) }).buffered(4);
        for (id, answer) in answers.collect::<Vec<_>>().await {
            let (verdict, observation) = answer?;
            if verdict != Verdict::Agree {
                return Err(format!("{id}: {}: {}", verdict.name(), observation.in_words()));
            }
        }
        Ok(())
    }

    /// Opens all sessions anew.
    pub async fn log_in_again(&mut self) -> Result<(), Failure> {
        let urls: Vec<&str> = self.environment.slots.iter().map(|slot| slot.url.as_str()).collect();
        open_sessions(&urls, &self.environment.world, &mut self.environment.secrets).await?;
        self.sender = sender(&self.environment)?;
        Ok(())
    }

    /// Opens the dead sessions anew, each of which was ended by the first request in it. They are copies of a living one, which
    /// a mutant may have ended too.
    pub async fn open_dead_sessions(&mut self) -> Result<(), Failure> {
        let base = self.environment.slots.first().map(|slot| slot.url.clone()).unwrap_or_default();
        if open_dead_sessions(&base, &self.environment.world, &mut self.environment.secrets).await.is_err() {
            self.log_in_again().await?;
            open_dead_sessions(&base, &self.environment.world, &mut self.environment.secrets).await?;
        }
        self.sender = sender(&self.environment)?;
        Ok(())
    }

    /// Runs one case by its id.
    async fn one(&self, id: &str) -> Result<(Verdict, Observation), String> {
        let mut plan = Plan { slots: self.plan.slots.clone(), ..Plan::default() };
        let case = plan.parse(id)?;
        let request = plan.request(case);
        let (environment, names) = (&self.environment, &self.names);
        let settings = &plan.slot(case).settings;
        let decision = decide(&Ask { features: &environment.features, settings, world: &environment.world, names, request: &request });
        let served = environment.slots.iter().find(|served| served.slot.name == plan.slot(case).name);
        let base = served.map(|served| served.url.as_str()).unwrap_or_default();
        let observation = match self.sender.send(Plan::principal(case).name, base, &request).await {
            Ok(raw) => observe(&raw, request.dispatch),
            Err(error) => Observation::Failed { error },
        };
        Ok((judge(&decision, &observation), observation))
    }
}

fn sender(environment: &Environment) -> Result<Sender, Failure> {
    Sender::to(environment, &[], PATIENCE)
}
