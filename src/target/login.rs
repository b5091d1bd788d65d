//! Sessions: made by logging in through Matomo's own form.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response};

use crate::failure::Failure;
use crate::matomo::{Credentials, Secrets};
use crate::model::World;

/// Name of Matomo's session cookie.
const COOKIE_NAME: &str = "MATOMO_SESSID";

/// Logs in every user who needs a session; their cookies and session tokens become secrets.
pub async fn open_sessions(base: &str, world: &World, secrets: &mut Secrets) -> Result<(), Failure> {
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(std::time::Duration::from_secs(60))
        .build()
        .map_err(|error| Failure::environment(error.to_string()))?;
    for session in &world.sessions {
        let Some(user) = world.user(&session.user) else { continue };
        let password = secrets.get(&Credentials::password_name(&user.name)).unwrap_or_default().to_owned();
        let (cookie, token) = log_in(&client, base, &user.login, &password)
            .await
            .map_err(|why| Failure::environment(format!("logging in {} through the form failed: {why}", user.login)))?;
        secrets.set(&session.cookie, cookie);
        secrets.set(&session.token, token);
    }
    Ok(())
}

async fn log_in(client: &Client, base: &str, login: &str, password: &str) -> Result<(String, String), String> {
    let text = |error: reqwest::Error| error.to_string();
    let page = client.get(format!("{base}/index.php?module=Login&language=en")).send().await.map_err(text)?;
    let first = cookie_of(&page).ok_or("the login page set no session cookie")?;
    let body = page.text().await.map_err(text)?;
    let nonce = nonce_of(&body).ok_or("the login page has no form_nonce")?;
    let form = format!("form_login={login}&form_password={password}&form_nonce={nonce}&form_redirect=");
    let answer = client
        .post(format!("{base}/index.php?module=Login&language=en"))
        .header(COOKIE, format!("{COOKIE_NAME}={first}"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Referer", format!("{base}/index.php?module=Login"))
        .body(form)
        .send()
        .await
        .map_err(text)?;
    let status = answer.status();
    let cookie = cookie_of(&answer).filter(|_| answer.headers().contains_key(LOCATION));
    let cookie = cookie.ok_or_else(|| format!("the form answered {status} without a new session"))?;
    let own = client
        .get(format!("{base}/index.php?module=ConformanceProbe&action=sessionToken&idSite=1&period=day&date=today&language=en"))
        .header(COOKIE, format!("{COOKIE_NAME}={cookie}"))
        .send()
        .await
        .map_err(text)?;
    let body = own.text().await.map_err(text)?;
    let json: serde_json::Value = serde_json::from_str(&body).map_err(|_| "the session does not answer")?;
    if json["login"] != login {
        return Err(format!("the session belongs to {}", json["login"]));
    }
    let token = json["token"].as_str().filter(|token| token.len() >= 16).ok_or("the session has no token")?;
    Ok((cookie, token.to_owned()))
}

fn cookie_of(response: &Response) -> Option<String> {
    // The last one counts: the session's id changes at login.
    let cookies = response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .filter_map(|cookie| cookie.strip_prefix(COOKIE_NAME)?.strip_prefix('=')?.split(';').next())
        .rfind(|value| !value.is_empty() && *value != "deleted")
        .map(str::to_owned)
}

fn nonce_of(page: &str) -> Option<String> {
    let at = page.find("name=\"form_nonce\"")?;
    // The input's attributes come in either order.
    let start = page[..at].rfind('<')?;
    let tag = &page[start..start + page[start..].find('>')?];
    let value = tag.split("value=\"").nth(1)?.split('"').next()?;
    Some(value.to_owned())
}
