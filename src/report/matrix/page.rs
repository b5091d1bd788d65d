//! `matrix.html`: the matrix as a page in one file, which needs no network.

use super::document::Matrix;

const FRAME: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The page.
pub fn matrix_page(matrix: &Matrix) -> Result<String, serde_json::Error> {
    // Inside of a script element only these begin anything else.
    let data = matrix.to_json()?.replace("</", "<\\/").replace("<!--", "<\\u0021--");
    let title = escape(&format!("Access matrix of {}", matrix.title()));
    let notice = matrix.notice().map_or_else(String::new, |notice| format!("<p class=\"notice\">{}</p>", escape(notice)));
    // The data comes last, so that nothing in it is taken for a place to fill in.
    Ok(FRAME
        .replace("{{title}}", &title)
        .replace("{{notice}}", &notice)
        .replace("/*{{style}}*/", STYLE)
        .replace("/*{{script}}*/", SCRIPT)
        .replace("{{data}}", &data))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
