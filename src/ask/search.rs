//! The search: random inputs against a live Matomo, in batches that share settings, until the budget is spent.

use std::collections::BTreeMap;
use std::time::Instant;

use futures::StreamExt as _;

use super::client::Responder;
use super::corpus::Corpus;
use super::database_guard::PutBack;
use super::engine::Stop;
use super::question::Question;
use super::shrinking::{Differs, shrink};
use crate::failure::Failure;
use crate::judge::{ClauseCount, Tally, Verdict};
use crate::matomo::Observation;
use crate::model::{Answer, ClauseId, Role, Trace};
use crate::plan::{Generation, Generator, Input, Pool, RELATIONS, Relation, State};

/// Inputs that share settings and rights.
const BATCH: usize = 64;

/// The database is looked at after so many inputs.
const LOOK: u64 = 16 * BATCH as u64;

/// One of so many answers is asked for its relations.
const RELATED: u64 = 12;

/// How much is spent.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Random inputs.
    pub cases: u64,
    /// Nothing is begun after this.
    pub deadline: Option<Instant>,
    /// Requests at once.
    pub concurrency: usize,
    /// Whether differences are shrunk, and live answers compared with each other.
    pub thorough: bool,
    /// Whether the first difference ends the search.
    pub first_only: bool,
    /// Set from outside to end early.
    pub stop: Stop,
}

impl Budget {
    fn over(&self) -> bool {
        self.stop.asked() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// What a difference is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HitKind {
    /// Live and model differ in a way.
    Model(Differs),
    /// Two live answers do not fit together.
    Relation(&'static str),
    /// An answer could not be read, or none came.
    Unread(String),
}

/// Something that was found, smallest first.
#[derive(Clone, Debug)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// The input, made as small as it gets.
    pub input: Input,
    /// The input as it was found; for a relation, the other request.
    pub found: Input,
    /// How often the same kind was met.
    pub times: u64,
    /// After how many inputs.
    pub after: u64,
    /// Requests that making it small took.
    pub shrinking: usize,
}

/// How often each way of generation reached a clause.
pub type Reached = BTreeMap<ClauseId, BTreeMap<Generation, ClauseCount>>;

/// An input that was asked.
struct Asked {
    input: Input,
    way: Option<Generation>,
    trace: Trace,
    expected: Answer,
    observation: Observation,
    verdict: Verdict,
    /// The number it was sent with.
    number: Option<u64>,
}

/// A search and what it has found so far.
pub struct Search<'a, R> {
    replies: &'a R,
    pool: Pool,
    /// Verdicts.
    pub tally: Tally,
    /// What was found, each kind once.
    pub hits: Vec<Hit>,
    /// Which clauses were reached by which way of generation.
    pub reached: Reached,
    /// Random inputs by way of generation.
    pub made: BTreeMap<Generation, u64>,
    /// Inputs asked so far.
    pub asked: u64,
    /// Pairs of live answers that were compared.
    pub pairs: u64,
    /// Corpus entries that this target cannot be asked.
    pub skipped: u64,
    /// What requests changed in the database, and after how many inputs that was seen.
    pub changes: Vec<(u64, PutBack)>,
    /// Inputs that ran a line of Matomo's deciding code which none had run before.
    pub line_inputs: u64,
}

impl<'a, R: Responder> Search<'a, R> {
    /// Nothing done yet.
    pub fn new(replies: &'a R, mut pool: Pool) -> Self {
        pool.own_settings = replies.can_change();
        Self {
            replies,
            pool,
            tally: Tally::default(),
            hits: Vec::new(),
            reached: Reached::new(),
            made: BTreeMap::new(),
            asked: 0,
            pairs: 0,
            skipped: 0,
            changes: Vec::new(),
            line_inputs: 0,
        }
    }

    /// Asks what the corpus has, then random inputs, until the budget is spent.
    pub async fn run(&mut self, seed: u64, budget: &Budget, corpus: &mut Corpus, mut step: impl FnMut(u64)) -> Result<(), Failure> {
        let kept = corpus.inputs()?;
        let (fit, unfit): (Vec<Input>, Vec<Input>) = kept.into_iter().partition(|input| self.can(input));
        self.skipped = unfit.len() as u64;
        for input in fit {
            if budget.over() || self.ended(budget) {
                return self.put_back().await;
            }
            self.batch(vec![(None, input)], budget, corpus).await?;
        }
        let mut generator = Generator::new(self.pool.clone(), seed);
        let mut made = 0;
        while made < budget.cases && !budget.over() && !self.ended(budget) {
            let state: State = generator.state();
            let count = usize::try_from(budget.cases - made).unwrap_or(BATCH).min(BATCH);
            let inputs: Vec<(Option<Generation>, Input)> =
                (0..count).map(|_| generator.next(&state)).map(|(way, input)| (Some(way), input)).collect();
            self.batch(inputs, budget, corpus).await?;
            made += count as u64;
            step(made);
            if made.is_multiple_of(LOOK) {
                self.put_back().await?;
            }
        }
        self.put_back().await
    }

    /// So that later inputs meet what the first one met, and whatever they found can be found again.
    async fn put_back(&mut self) -> Result<(), Failure> {
        let found = self.replies.put_back().await?;
        self.changes.extend(found.into_iter().map(|change| (self.asked, change)));
        Ok(())
    }

    fn ended(&self, budget: &Budget) -> bool {
        budget.first_only && self.hits.iter().any(|hit| !matches!(hit.kind, HitKind::Unread(_)))
    }

    fn can(&self, input: &Input) -> bool {
        let known = self.replies.known();
        let slot = input.slot.as_ref().is_none_or(|name| known.slots.iter().any(|slot| slot.name == *name));
        slot && (self.pool.own_settings || (input.settings.is_none() && input.grants.is_empty()))
    }

    async fn batch(&mut self, inputs: Vec<(Option<Generation>, Input)>, budget: &Budget, corpus: &mut Corpus) -> Result<(), Failure> {
        if let Some((_, own)) = inputs.iter().find(|(_, input)| input.settings.is_some()) {
            self.replies.prepare(own).await?;
        }
        let replies = self.replies;
        let answers: Vec<Result<Asked, Failure>> =
            futures::stream::iter(inputs).map(|(way, input)| ask(replies, way, input)).buffered(budget.concurrency.max(1)).collect().await;
        let answers = answers.into_iter().collect::<Result<Vec<Asked>, Failure>>()?;
        self.keep_new_lines(&answers, corpus)?;
        for seen in answers {
            self.asked += 1;
            self.tally.cases += 1;
            self.tally.add(seen.verdict);
            if let Some(way) = seen.way {
                *self.made.entry(way).or_default() += 1;
                self.count(way, &seen.trace);
            }
            corpus.note(&seen.input, &seen.trace, &seen.observation)?;
            self.judge(&seen, budget).await?;
            if budget.thorough && (self.asked.is_multiple_of(RELATED) || leans_on_settings(&seen)) {
                self.relate(&seen).await?;
            }
            if self.ended(budget) {
                break;
            }
        }
        Ok(())
    }

    /// Keeps the inputs that ran a line which none had run before.
    fn keep_new_lines(&mut self, answers: &[Asked], corpus: &mut Corpus) -> Result<(), Failure> {
        for news in self.replies.news()? {
            let ran = news
                .lines
                .iter()
                .flat_map(|(file, lines)| lines.iter().filter(|(_, ran)| **ran).map(move |(number, _)| format!("{file}:{number}")));
            let ran: Vec<String> = ran.collect();
            let seen = answers.iter().find(|seen| seen.number.is_some() && seen.number == news.request);
            if let Some(seen) = seen.filter(|_| !ran.is_empty()) {
                self.line_inputs += 1;
                corpus.keep(&seen.input, &format!("first to run {}", ran.join(" ")))?;
            }
        }
        Ok(())
    }

    fn count(&mut self, way: Generation, trace: &Trace) {
        for step in &trace.steps {
            let count = self.reached.entry(step.clause).or_default().entry(way).or_default();
            if step.held {
                count.held += 1;
            } else {
                count.not_held += 1;
            }
        }
    }

    async fn judge(&mut self, seen: &Asked, budget: &Budget) -> Result<(), Failure> {
        let kind = match &seen.observation {
            Observation::Clear { answer, .. } if seen.verdict.differs() => {
                HitKind::Model(Differs { verdict: seen.verdict, expected: seen.expected.outcome(), observed: answer.outcome() })
            }
            Observation::Clear { .. } => return Ok(()),
            Observation::Unknown { status, why } => HitKind::Unread(format!("{why} (status {status})")),
            Observation::Failed { error } => HitKind::Unread(error.clone()),
        };
        if let Some(hit) = self.hits.iter_mut().find(|hit| hit.kind == kind) {
            hit.times += 1;
            return Ok(());
        }
        let (input, shrinking) = match &kind {
            HitKind::Model(way) if budget.thorough => shrink(self.replies, &seen.input, way).await?,
            _ => (seen.input.clone(), 0),
        };
        self.hits.push(Hit { kind, input, found: seen.input.clone(), times: 1, after: self.asked, shrinking });
        Ok(())
    }

    /// Compares a live answer with others that must fit to it.
    async fn relate(&mut self, seen: &Asked) -> Result<(), Failure> {
        let Observation::Clear { answer, status, .. } = &seen.observation else { return Ok(()) };
        let world = seen.input.world(self.replies.known().world);
        for relation in &RELATIONS {
            let Some(other) = (relation.other)(&seen.input, answer, &world).filter(|other| self.can(other)) else { continue };
            self.pairs += 1;
            let second = one(self.replies, &other).await?;
            if let Some(second) = second
                && !(relation.fits)(&(answer.clone(), *status), &second)
            {
                self.broken(relation, seen, other);
            }
        }
        Ok(())
    }

    fn broken(&mut self, relation: &'static Relation, seen: &Asked, other: Input) {
        let kind = HitKind::Relation(relation.name);
        match self.hits.iter_mut().find(|hit| hit.kind == kind) {
            Some(hit) => hit.times += 1,
            None => self.hits.push(Hit { kind, input: seen.input.clone(), found: other, times: 1, after: self.asked, shrinking: 0 }),
        }
    }
}

async fn ask<R: Responder>(replies: &R, way: Option<Generation>, input: Input) -> Result<Asked, Failure> {
    let question = Question::of(&input, replies.known()).map_err(Failure::usage)?;
    let decision = question.decide();
    let raw = replies.send(&input, &question).await;
    let (observation, verdict) = question.judge(&decision, raw.as_ref());
    drop(question);
    let number = raw.ok().and_then(|raw| raw.number);
    Ok(Asked { input, way, trace: decision.trace, expected: decision.answer, observation, verdict, number })
}

/// Whether the live answer opened something outside the API, under settings of the input's own, to someone who may write: most relations
/// are about those, and chance alone hardly meets them.
fn leans_on_settings(seen: &Asked) -> bool {
    let Observation::Clear { answer: Answer::Opened { who, route, .. }, .. } = &seen.observation else { return false };
    let list = seen.input.settings.as_ref().is_some_and(|own| !own.flag && !own.allowlist.entries.is_empty());
    let session = seen.input.request.cookie.is_some();
    list && !session && who.rights.somewhere(Role::Write) && !route.iter().any(|target| target.starts_with("API."))
}

/// The answer to one input with its status, where it can be read.
async fn one<R: Responder>(replies: &R, input: &Input) -> Result<Option<(Answer, u16)>, Failure> {
    replies.prepare(input).await?;
    let question = Question::of(input, replies.known()).map_err(Failure::usage)?;
    let decision = question.decide();
    let raw = replies.send(input, &question).await;
    Ok(match question.judge(&decision, raw.as_ref()).0 {
        Observation::Clear { answer, status, .. } => Some((answer, status)),
        _ => None,
    })
}
