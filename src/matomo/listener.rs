//! What plugins listen to or replace that decides about access beside Matomo's own rules.

use serde::{Deserialize, Serialize};

/// What a listener can move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moves {
    /// Which controller runs, or whether one does; never who passes the gate.
    Dispatch,
    /// How a refusal is answered; never whether somebody is refused.
    Refusal,
    /// As whom a request runs, and with which rights.
    Rights,
}

/// A plugin that listens to an event that decides, or takes the place of a class that does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Name of the plugin.
    pub plugin: String,
    /// The event, or the class, in words.
    pub to: String,
    /// What it can move.
    pub moves: Moves,
    /// The one endpoint whose dispatch it hears of, as `Module.action`; of any, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

impl Listener {
    /// In a sentence, for the start of a run.
    pub fn sentence(&self) -> String {
        let (moved, so) = match self.moves {
            Moves::Dispatch => ("which controller runs", "what hangs on it is unknown"),
            Moves::Refusal => ("how a refusal is answered", "the status of refusals is not compared"),
            Moves::Rights => ("as whom a request runs, and with which rights", "what hangs on it is unknown"),
        };
        format!("the plugin {} has a part in {}, and may decide {moved}: {so}", self.plugin, self.to)
    }
}
