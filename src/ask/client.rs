//! Sends inputs, whatever settings they need: to a slot of the table, or to the one whose settings change.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::database_guard::{DatabaseGuard, PutBack};
use super::question::{Known, Question};
use super::sender::Sender;
use crate::failure::Failure;
use crate::matomo::Raw;
use crate::model::{Features, Names, Settings, World};
use crate::plan::{Input, Slot};
use crate::sut::simulation::InProcess;
use crate::sut::{Environment, LineCoverage, Lines, News};

/// The client of requests that belong to no principal of the table.
const STRANGER: &str = "search";

/// Whoever answers inputs: a running Matomo, or one in this process.
pub trait Responder {
    /// What is known beside the answers.
    fn known(&self) -> Known<'_>;

    /// Whether inputs may have settings and rights of their own.
    fn can_change(&self) -> bool;

    /// Makes the settings and rights of an input those that are met. No request may be under way.
    fn prepare(&self, input: &Input) -> impl Future<Output = Result<(), Failure>>;

    /// What requests ran of Matomo's code that none had run before, since this was last asked; nothing where that is not noted.
    fn news(&self) -> Result<Vec<News>, Failure> {
        Ok(Vec::new())
    }

    /// What requests changed in the database, which is as it was again where that can be done; nothing where it is not looked at.
    fn put_back(&self) -> impl Future<Output = Result<Vec<PutBack>, Failure>> {
        async { Ok(Vec::new()) }
    }

    /// Sends a prepared input.
    fn send(&self, input: &Input, question: &Question<'_>) -> impl Future<Output = Result<Raw, String>>;
}

/// Takes inputs for a running Matomo.
pub struct Client<'a> {
    environment: &'a Environment,
    names: Names,
    slots: Vec<Slot>,
    sender: Sender,
    /// Settings and rights that the changing slot has now.
    now: tokio::sync::Mutex<Option<(Settings, String)>>,
    coverage: Option<Mutex<LineCoverage>>,
    keeper: Option<DatabaseGuard<'a>>,
}

impl<'a> Client<'a> {
    /// For a Matomo, with a limit for each answer.
    pub fn new(environment: &'a Environment, limit: Duration) -> Result<Self, Failure> {
        let sender = Sender::to(environment, &[STRANGER], limit)?;
        let slots = environment.slots.iter().map(|served| served.slot.clone()).collect();
        Ok(Self {
            environment,
            names: environment.catalogue.names(),
            slots,
            sender,
            now: tokio::sync::Mutex::new(None),
            coverage: None,
            keeper: None,
        })
    }

    /// Numbers the requests and reads what they ran.
    #[must_use]
    pub fn covering(self, coverage: LineCoverage) -> Self {
        Self { sender: self.sender.numbered(), coverage: Some(Mutex::new(coverage)), ..self }
    }

    /// Keeps the database as it is now.
    pub async fn keeping(self) -> Result<Self, Failure> {
        let keeper = DatabaseGuard::new(self.environment).await?;
        Ok(Self { keeper: Some(keeper), ..self })
    }

    /// Tables that are compared.
    pub fn tables(&self) -> usize {
        self.keeper.as_ref().map_or(0, DatabaseGuard::tables)
    }

    /// The lines that have run so far, where that is noted.
    pub fn lines(&self) -> Option<Lines> {
        let coverage = self.coverage.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(coverage.lines().clone())
    }

    /// The sender, for canaries.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Base URL for an input, and the log of the server behind it.
    pub fn place(&self, input: &Input) -> Option<(&str, Option<&std::path::Path>)> {
        if input.settings.is_some() {
            return self.environment.changing.as_ref().map(|slot| (slot.url.as_str(), slot.log.as_deref()));
        }
        let name = input.slot.as_deref().unwrap_or("default");
        let served = self.environment.slots.iter().find(|served| served.slot.name == name)?;
        Some((served.url.as_str(), served.log.as_deref()))
    }
}

impl Responder for Client<'_> {
    fn known(&self) -> Known<'_> {
        let Environment { features, world, .. } = self.environment;
        Known { features, names: &self.names, world, slots: &self.slots, listeners: &self.environment.catalogue.listeners }
    }

    fn can_change(&self) -> bool {
        self.environment.changing.is_some()
    }

    async fn prepare(&self, input: &Input) -> Result<(), Failure> {
        let Some(settings) = &input.settings else {
            if input.grants.is_empty() {
                return Ok(());
            }
            return Err(Failure::usage("rights of its own belong to an input with settings of its own"));
        };
        let Some(changing) = &self.environment.changing else {
            return Err(Failure::usage("this target has no slot whose settings could be changed"));
        };
        let wanted = (settings.clone(), format!("{:?}", input.grants));
        let mut now = self.now.lock().await;
        if now.as_ref() == Some(&wanted) {
            return Ok(());
        }
        // Whatever happens in between: what the slot has is not known until all is done.
        *now = None;
        changing.hand.change(settings, &input.world(&self.environment.world)).await?;
        *now = Some(wanted);
        Ok(())
    }

    fn news(&self) -> Result<Vec<News>, Failure> {
        match &self.coverage {
            Some(coverage) => coverage.lock().unwrap_or_else(PoisonError::into_inner).news(),
            None => Ok(Vec::new()),
        }
    }

    async fn put_back(&self) -> Result<Vec<PutBack>, Failure> {
        match &self.keeper {
            Some(keeper) => keeper.put_back().await,
            None => Ok(Vec::new()),
        }
    }

    async fn send(&self, input: &Input, question: &Question<'_>) -> Result<Raw, String> {
        let (base, _) = self.place(input).ok_or_else(|| format!("no slot {:?} is served", input.slot))?;
        self.sender.send(STRANGER, base, &question.request).await
    }
}

/// The simulated Matomo without any server.
pub struct Inside {
    matomo: Mutex<InProcess>,
    features: Features,
    names: Names,
    world: World,
    slots: Vec<Slot>,
}

impl Inside {
    /// Takes inputs for it.
    pub fn new(matomo: InProcess) -> Self {
        let (features, names, world) = (matomo.features.clone(), matomo.catalogue.names(), matomo.world.clone());
        Self { features, names, world, slots: matomo.slots.clone(), matomo: Mutex::new(matomo) }
    }
}

impl Responder for Inside {
    fn known(&self) -> Known<'_> {
        Known { features: &self.features, names: &self.names, world: &self.world, slots: &self.slots, listeners: &[] }
    }

    fn can_change(&self) -> bool {
        true
    }

    async fn prepare(&self, input: &Input) -> Result<(), Failure> {
        if let Some(settings) = &input.settings {
            let mut matomo = self.matomo.lock().unwrap_or_else(PoisonError::into_inner);
            matomo.set(settings, &input.world(&self.world));
        }
        Ok(())
    }

    async fn send(&self, input: &Input, question: &Question<'_>) -> Result<Raw, String> {
        let slot = if input.settings.is_some() { None } else { Some(input.slot.as_deref().unwrap_or("default")) };
        let matomo = self.matomo.lock().unwrap_or_else(PoisonError::into_inner);
        matomo.answer(slot, &question.request).ok_or_else(|| format!("there is no slot {slot:?}"))
    }
}
