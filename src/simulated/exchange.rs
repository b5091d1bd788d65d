//! One request on its way through the pipeline.

use std::sync::Arc;

use super::catalogue::Catalogue;
use super::fault::FaultKind;
use super::features::Features;
use super::php::{self, Cleaning, Parameters, Reading, Value};
use super::probe::Report;
use super::session::Actor;
use super::token::Detected;
use super::world::{SlotSettings, World};

/// One Matomo: its code, its data, its settings and at most one planted fault.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What the release can do.
    pub features: Features,
    /// The database.
    pub world: Arc<World>,
    /// The code that can be dispatched.
    pub catalogue: Arc<Catalogue>,
    /// The configuration.
    pub settings: SlotSettings,
    /// What is broken, if anything.
    pub fault: Option<FaultKind>,
}

/// A request as it came off the wire.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// `GET`, `POST`, `HEAD`, `PUT`.
    pub method: String,
    /// Raw query string without the question mark.
    pub query: Vec<u8>,
    /// `Content-Type`.
    pub content_type: String,
    /// `Authorization`, verbatim.
    pub authorization: Option<String>,
    /// `Cookie`.
    pub cookie: String,
    /// Further headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// `X-Requested-With: xmlhttprequest`.
    pub xhr: bool,
    /// The probe's header for a dry dispatch.
    pub dry: bool,
    /// Raw body.
    pub body: Vec<u8>,
}

/// The state of one request.
pub struct Exchange<'a> {
    /// The Matomo that answers.
    pub at: &'a Instance,
    /// What was asked.
    pub incoming: &'a Incoming,
    /// `$_GET`.
    pub get: Parameters,
    /// `$_POST`.
    pub post: Parameters,
    /// The token in force for session, gate and API.
    pub token: Detected,
    /// Who the request runs as.
    pub actor: Actor,
    /// Who the gate judges; the same but for one planted fault.
    pub judged: Actor,
    /// What the probe reports.
    pub report: Report,
}

impl<'a> Exchange<'a> {
    /// Reads the parameters.
    pub fn new(at: &'a Instance, incoming: &'a Incoming) -> Self {
        let fault = |kind| at.fault == Some(kind);
        let reading = Reading { mangle: !fault(FaultKind::NamesNotMangled), last_wins: !fault(FaultKind::FirstDuplicateWins) };
        // PHP fills $_POST for the method POST alone, from two content types
        let reads_body = incoming.method == "POST" || (incoming.method == "PUT" && fault(FaultKind::PutBodyRead));
        let mut content_type = incoming.content_type.split(';').next().unwrap_or_default();
        content_type = content_type.trim();
        let post = if !reads_body {
            Parameters::new()
        } else if content_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            php::urlencoded(&incoming.body, reading)
        } else if content_type.eq_ignore_ascii_case("multipart/form-data") && !fault(FaultKind::MultipartIgnored) {
            php::multipart(&incoming.content_type, &incoming.body, reading)
        } else {
            Parameters::new()
        };
        Self {
            at,
            incoming,
            get: php::urlencoded(&incoming.query, reading),
            post,
            token: Detected::default(),
            actor: Actor::default(),
            judged: Actor::default(),
            report: Report::default(),
        }
    }

    /// Is this fault planted?
    pub fn fault(&self, kind: FaultKind) -> bool {
        self.at.fault == Some(kind)
    }

    /// `$_GET + $_POST`: the URL wins as soon as the key is there, whatever its value.
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        let name = name.as_bytes();
        if self.fault(FaultKind::BodyWins) && name != b"token_auth" {
            return self.post.get(name).or_else(|| self.get.get(name));
        }
        self.get.get(name).or_else(|| self.post.get(name))
    }

    /// A parameter cleaned as names are.
    pub fn text(&self, name: &str) -> String {
        self.cleaning().clean(self.parameter(name))
    }

    /// How names (and tokens up to 5.3) are cleaned.
    pub fn cleaning(&self) -> Cleaning {
        Cleaning { entities: !self.fault(FaultKind::EntitiesKept), nul: !self.fault(FaultKind::NulKept), ..Cleaning::NAMES }
    }

    /// Is the request exempt from the gate as an API request? (facts: what is API-exempt)
    pub fn is_api(&self) -> bool {
        is_api(&self.text("module"), &self.text("action"))
    }
}

/// The module is exactly `API` and the action is empty for PHP or exactly `index`.
pub fn is_api(module: &str, action: &str) -> bool {
    module == "API" && matches!(action, "" | "0" | "index")
}
