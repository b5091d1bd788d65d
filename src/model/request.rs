//! A request as it goes over the wire, with placeholders such as `$TOKEN_VIEW` where a secret stands.

use serde::{Deserialize, Serialize};

/// HTTP method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    #[default]
    Get,
    /// POST.
    Post,
    /// HEAD.
    Head,
    /// PUT, whose body PHP does not read as parameters.
    Put,
}

impl Method {
    /// The method's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Head => "HEAD",
            Self::Put => "PUT",
        }
    }
}

/// A request body.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// `application/x-www-form-urlencoded`, already encoded.
    Form(String),
    /// The same pairs as `multipart/form-data`; still written urlencoded here.
    Multipart(String),
    /// `application/json`, which PHP does not read as parameters.
    Json(String),
}

impl Body {
    /// The text that is sent.
    pub fn text(&self) -> &str {
        match self {
            Self::Form(text) | Self::Multipart(text) | Self::Json(text) => text,
        }
    }

    /// Its content type.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Form(_) => "application/x-www-form-urlencoded",
            Self::Multipart(_) => "multipart/form-data",
            Self::Json(_) => "application/json",
        }
    }
}

/// How far a request may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dispatch {
    /// Stopped by the probe just before the controller runs.
    #[default]
    Dry,
    /// The controller runs.
    Real,
}

/// One request to `index.php`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// HTTP method.
    pub method: Method,
    /// Raw query string, percent-encoded.
    pub query: String,
    /// Body of a POST.
    pub body: Option<Body>,
    /// Value of the `Authorization` header.
    pub authorization: Option<String>,
    /// Short name of the user whose session cookie is sent.
    pub cookie: Option<String>,
    /// Whether `X-Requested-With: XMLHttpRequest` is sent.
    pub xhr: bool,
    /// Value of the `Referer` header, which decides nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// Value of the `User-Agent` header, which decides nothing as long as the browser is one that Matomo supports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Further headers, none of which decides anything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Further cookies, none of which decides anything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<(String, String)>,
    /// How far it may go.
    pub dispatch: Dispatch,
}
