'use strict';
(() => {
  const matrix = JSON.parse(document.getElementById('data').textContent);
  const { slots, principals, rows, decisions, observations, clauses } = matrix;
  const $ = (id) => document.getElementById(id);

  /* Outcome: symbol, word of a cell, meaning. */
  const OUTCOMES = {
    'opened': ['●', 'opened', 'The endpoint ran and answered.'],
    'reached-write': ['✎', 'reached a write', 'Past its own check, and stopped at the first write.'],
    'let-through': ['◐', 'let through', 'Let through up to the controller, which was not run.'],
    'refused-at-gate': ['■', 'gate', 'Refused at the gate: the token is too powerful for this endpoint in these settings.'],
    'not-authenticated': ['○', 'log in', 'Not authenticated: somebody has to log in.'],
    'no-right': ['⊘', 'no right', 'Authenticated, but without the right that the endpoint asks for.'],
    'not-enabled': ['–', 'disabled', 'Plugin, widget or report is not enabled.'],
    'error': ['▲', 'error', 'An error behind the gate, such as a missing parameter.'],
    'unknown': ['?', 'unknown', 'The answer cannot be read with certainty, or none came.'],
    'not-run': ['·', 'not run', 'Not asked: the run ended before.'],
  };
  const LONG = {
    'refused-at-gate': 'refused at the gate', 'not-authenticated': 'not authenticated', 'not-enabled': 'not enabled',
  };
  const KINDS = { 'controller': 'controller', 'widget': 'widget', 'report': 'report', 'unreachable': 'unreachable', 'api-method': 'API' };
  const VERDICTS = {
    'leak': ['LEAK', 'Live opens what the model refuses, or opens it as somebody else or with more rights.'],
    'lockout': ['LOCKOUT', 'Live refuses what the model lets through.'],
    'wrong-reason': ['WRONG REASON', 'Live and model agree on the outcome, but not on the reason or the place.'],
    'agree': ['agrees with the model', ''],
    'unknown': ['cannot be compared', ''],
    'error': ['no answer', ''],
    'not-run': ['not asked', ''],
  };
  const DIFFERS = new Set(['leak', 'lockout', 'wrong-reason']);
  const number = new Intl.NumberFormat('en');
  const ROW = 32;
  const HEAD = 42;

  const escape = (text) => String(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const outcomeOf = (cell) => observations[cell[1]].outcome;
  const long = (outcome) => LONG[outcome] || OUTCOMES[outcome][1];
  const plural = (count, word, words) => `${number.format(count)} ${count === 1 ? word : words || `${word}s`}`;

  /* Rows with what filters ask of them, grouped by plugin. */
  const width = principals.length;
  const groups = [];
  rows.forEach((row, index) => {
    row.index = index;
    row.text = `${row.name} ${row.plugin} ${KINDS[row.kind]} ${row.dry ? 'dry' : ''}`.toLowerCase();
    const last = groups[groups.length - 1];
    if (last && last.plugin === row.plugin) {
      last.rows.push(row);
    } else {
      groups.push({ plugin: row.plugin, rows: [row], shown: [], built: -1 });
    }
  });
  const cellAt = (row, who, slot) => row.cells[slot * width + who];
  const variesFor = (row, who) => {
    let first = null;
    for (let slot = 0; slot < slots.length; slot += 1) {
      const cell = cellAt(row, who, slot);
      if (!cell) continue;
      if (first !== null && outcomeOf(cell) !== first) return true;
      first = outcomeOf(cell);
    }
    return false;
  };

  /* The first settings in which something differs, where there are any. */
  const isRed = (slot) => rows.some((row) => principals.some((who, place) => DIFFERS.has((cellAt(row, place, slot) || [])[2])));
  const firstSlot = Math.max(0, slots.findIndex((one, slot) => isRed(slot)));

  const state = { slot: firstSlot, search: '', outcomes: new Set(), differs: false, model: false, own: '', who: new Set(principals.keys()) };
  let version = 0;
  let active = null;

  /* ---- address: everything that is chosen can be linked to ---- */

  const readAddress = () => {
    const chosen = new URLSearchParams(location.hash.slice(1));
    const slot = slots.findIndex((one) => one.name === chosen.get('settings'));
    state.slot = slot < 0 ? firstSlot : slot;
    state.search = chosen.get('search') || '';
    state.outcomes = new Set((chosen.get('outcome') || '').split(',').filter((name) => name in OUTCOMES));
    state.differs = chosen.get('differs') === '1';
    state.model = chosen.get('model') === '1';
    state.own = chosen.get('own') in OWN_FILTERS ? chosen.get('own') : '';
    const names = (chosen.get('principals') || '').split(',').filter(Boolean);
    const who = names.map((name) => principals.findIndex((one) => one.name === name)).filter((place) => place >= 0);
    state.who = new Set(who.length ? who.sort((a, b) => a - b) : principals.keys());
    return chosen.get('cell');
  };

  const writeAddress = (cell) => {
    const chosen = new URLSearchParams();
    if (state.slot !== firstSlot) chosen.set('settings', slots[state.slot].name);
    if (state.search) chosen.set('search', state.search);
    if (state.outcomes.size) chosen.set('outcome', [...state.outcomes].join(','));
    if (state.differs) chosen.set('differs', '1');
    if (state.model) chosen.set('model', '1');
    if (state.own) chosen.set('own', state.own);
    if (state.who.size < width) chosen.set('principals', [...state.who].map((who) => principals[who].name).join(','));
    if (cell) chosen.set('cell', cell);
    try {
      history.replaceState(null, '', `#${chosen}`);
    } catch (error) { /* a page without an address of its own */ }
  };

  /* ---- what is shown ---- */

  const fits = (row, words) => {
    if (!words.every((word) => row.text.includes(word))) return false;
    let outcome = state.outcomes.size === 0;
    let model = !state.model;
    let differs = !state.differs;
    let any = false;
    for (const who of state.who) {
      const cell = cellAt(row, who, state.slot);
      if (!cell) continue;
      any = true;
      outcome = outcome || state.outcomes.has(outcomeOf(cell));
      model = model || DIFFERS.has(cell[2]);
      differs = differs || variesFor(row, who);
    }
    return any && outcome && model && differs;
  };

  const cellHtml = (row, who) => {
    const cell = cellAt(row, who, state.slot);
    if (!cell) return '<td></td>';
    const outcome = outcomeOf(cell);
    const [symbol, word] = OUTCOMES[outcome];
    const differs = DIFFERS.has(cell[2]);
    const pale = state.outcomes.size && !state.outcomes.has(outcome) ? ' off-filter' : '';
    const label = differs ? `${word}: ${VERDICTS[cell[2]][0]}` : word;
    const at = active && active.row === row.index && active.who === who ? 0 : -1;
    return `<td><button type="button" class="c ${outcome}${differs ? ` ${cell[2]}` : ''}${pale}" tabindex="${at}" data-who="${who}">`
      + `<i aria-hidden="true">${differs ? '!' : symbol}</i><span>${label}</span></button></td>`;
  };

  const rowHtml = (row) => {
    const who = [...state.who];
    const action = row.name.slice(row.plugin.length + 1);
    const dry = row.dry ? `<span class="tag dry" title="Not run: ${escape(row.dry)}">dry</span>` : '';
    const varies = who.some((one) => variesFor(row, one))
      ? '<span class="tag varies" title="Differs between settings">≠<span class="vh"> differs between settings</span></span>' : '';
    return `<tr data-row="${row.index}"><th scope="row"><span class="row"><code title="${escape(row.name)}">${escape(action)}</code>`
      + `<span class="tag">${KINDS[row.kind]}</span>${dry}${varies}</span></th>${who.map((one) => cellHtml(row, one)).join('')}</tr>`;
  };

  const build = (group) => {
    if (group.built === version || group.section.hidden) return;
    group.built = version;
    const who = [...state.who];
    group.table.innerHTML = `<caption class="vh">${escape(group.plugin)}, settings ${escape(slots[state.slot].name)}</caption>`
      + `<colgroup><col class="name">${who.map(() => '<col>').join('')}</colgroup>`
      + `<thead><tr><th scope="col">Endpoint</th>${who.map((one) => `<th scope="col">${escape(principals[one].name)}</th>`).join('')}</tr></thead>`
      + `<tbody>${group.shown.map(rowHtml).join('')}</tbody>`;
    group.section.style.height = '';
  };

  const near = (group) => {
    const box = group.section.getBoundingClientRect();
    return box.bottom > -900 && box.top < window.innerHeight + 900;
  };

  /* What is far away is built bit by bit, so that the browser's own search finds it and nobody waits for it. */
  let waiting = 0;
  const buildRest = (all) => {
    waiting = 0;
    const end = performance.now() + 8;
    for (const group of groups) {
      if (group.built === version || group.section.hidden) continue;
      if (all !== true && performance.now() > end) {
        later();
        return;
      }
      build(group);
    }
  };
  const later = () => {
    if (!waiting) waiting = setTimeout(buildRest, 40);
  };

  const show = () => {
    version += 1;
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const group of groups) {
      group.shown = group.rows.filter((row) => fits(row, words));
      count += group.shown.length;
      group.section.hidden = group.shown.length === 0;
      group.section.style.setProperty('--rows', group.shown.length);
      group.heading.textContent = plural(group.shown.length, 'row');
      if (group.built >= 0 || group.shown.length) group.section.style.height = `${group.shown.length * (ROW + 1) + HEAD}px`;
    }
    /* The cell that the tabulator reaches is always one that is there. */
    const here = active && groups.some((group) => group.shown.some((row) => row.index === active.row)) && state.who.has(active.who);
    if (!here) {
      const first = groups.find((group) => group.shown.length);
      active = first ? { row: first.shown[0].index, who: [...state.who][0] } : null;
    }
    groups.filter((group) => !group.section.hidden && near(group)).forEach(build);
    $('empty').hidden = count > 0;
    $('count').textContent = `${number.format(count)} of ${plural(rows.length, 'row')}`;
    showTools();
    later();
  };

  const showTools = () => {
    const outcomes = {};
    let model = 0;
    const everywhere = matrix.totals.verdicts.leak + matrix.totals.verdicts.lockout + matrix.totals.verdicts.wrong_reason;
    let varies = 0;
    for (const row of rows) {
      let rowVaries = false;
      for (const who of state.who) {
        const cell = cellAt(row, who, state.slot);
        if (!cell) continue;
        outcomes[outcomeOf(cell)] = (outcomes[outcomeOf(cell)] || 0) + 1;
        if (DIFFERS.has(cell[2])) model += 1;
        rowVaries = rowVaries || variesFor(row, who);
      }
      if (rowVaries) varies += 1;
    }
    for (const chip of $('outcomes').children) {
      const name = chip.dataset.outcome;
      chip.setAttribute('aria-pressed', state.outcomes.has(name));
      chip.querySelector('b').textContent = number.format(outcomes[name] || 0);
    }
    $('model-count').textContent = model === everywhere ? number.format(model) : `${number.format(model)} of ${number.format(everywhere)}`;
    $('differs-count').textContent = number.format(varies);
    $('settings').querySelectorAll('input').forEach((input, slot) => { input.checked = slot === state.slot; });
    $('differs').checked = state.differs;
    $('model').checked = state.model;
    if ($('search').value !== state.search) $('search').value = state.search;
    $('who').querySelector('summary').textContent = state.who.size === width ? `Principals: all ${width}` : `Principals: ${state.who.size} of ${width}`;
    $('who').querySelectorAll('input').forEach((input, who) => { input.checked = state.who.has(who); });
    $('heads').innerHTML = `<span>Endpoint</span>${[...state.who].map((who) => `<span title="${escape(principals[who].says)}"><em>${escape(principals[who].name)}</em></span>`).join('')}`;
    fitColumns();
  };

  /* Where words do not fit, symbols stand alone. */
  const fitColumns = () => {
    const share = window.innerWidth <= 720 ? 0.54 : 0.7;
    const each = ($('matrix').clientWidth * share) / state.who.size;
    document.body.classList.toggle('narrow', each < 84);
    document.documentElement.style.setProperty('--tools', `${$('outcomes').closest('.tools').offsetHeight}px`);
  };

  const change = (parts) => {
    Object.assign(state, parts);
    writeAddress();
    show();
    showOwn();
  };

  /* ---- own checks ---- */

  const own = matrix.own_checks || [];
  const ownOf = new Map(own.map((check) => [`${check.kind} ${check.name}`, check]));
  const OWN_FILTERS = {
    'wrong': ['differs', (check) => check.wrong && check.wrong.length],
    'everybody': ['open to everybody', (check) => check.open_to === 'anonymous'],
    'writes': ['reaches a write', (check) => check.writes && check.writes.length],
    'changed': ['not as in the baseline', (check) => check.changed],
    'not-kept': ['declared but not kept', (check) => check.not_kept],
    'unknown': ['check not reached', (check) => check.open_to === 'unknown'],
  };
  /* Weakest first, as they come. */
  const ownWho = own.length ? ['anonymous', 'no-access', 'view', 'write', 'admin', 'super', ...Object.keys(own[0].cells)]
    .filter((name, place, all) => name in own[0].cells && all.indexOf(name) === place) : [];

  const ownRow = (check) => {
    const wrong = (check.wrong || []).map(([verdict, says]) => `<br><b class="own-wrong ${verdict}">${VERDICTS[verdict][0]}</b> ${escape(says)}`).join('');
    const cell = (name) => {
      const outcome = check.cells[name] || 'not-run';
      return `<td><span class="c ${outcome}" title="${escape(name)}: ${long(outcome)}"><i aria-hidden="true">${OUTCOMES[outcome][0]}</i><span class="vh">${long(outcome)}</span></span></td>`;
    };
    return `<tr><th scope="row"><code title="${escape(check.place)}">${escape(check.name)}</code> <span class="tag">${check.kind === 'api' ? 'API' : 'page'}</span>${wrong}</th>`
      + `<td>${escape(check.declares)}</td><td>${escape(check.open_to)}</td><td>${escape((check.writes || []).join(', '))}</td>${ownWho.map(cell).join('')}</tr>`;
  };

  const showOwn = () => {
    $('own').hidden = own.length === 0;
    if (!own.length) return;
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const takes = state.own ? OWN_FILTERS[state.own][1] : () => true;
    const shown = own.filter((check) => takes(check) && words.every((word) => check.name.toLowerCase().includes(word)));
    $('own-filters').innerHTML = Object.entries(OWN_FILTERS).map(([name, [says, fitting]]) => (
      `<button type="button" class="chip" data-own="${name}" aria-pressed="${state.own === name}">${says} <b>${number.format(own.filter(fitting).length)}</b></button>`
    )).join('');
    $('own-count').textContent = `${number.format(shown.length)} of ${plural(own.length, 'own check')}`;
    $('own-table').innerHTML = '<table><caption class="vh">Own checks</caption><thead><tr><th scope="col">Endpoint</th><th scope="col">Its code asks for</th>'
      + `<th scope="col">Open to</th><th scope="col">Would write</th>${ownWho.map((name) => `<th scope="col" class="who"><em>${escape(name)}</em></th>`).join('')}</tr></thead>`
      + `<tbody>${shown.map(ownRow).join('')}</tbody></table>`;
  };

  /* ---- one cell ---- */

  const fill = (principal, slot, row) => principal.curl
    .replace('{dry}', row.dry ? " -H 'X-Conformance-Dispatch: dry'" : '')
    .replace('{url}', () => slots[slot].url)
    .replace('{query}', () => row.query);

  const requestOf = (line) => {
    const address = line.match(/-g "[^/]*(\/index\.php\?[^"]*)"/);
    const body = line.match(/--data-raw "([^"]*)"/);
    return `${body ? 'POST' : 'GET'} ${address ? address[1] : ''}${body ? `\n\n${body[1]}` : ''}`;
  };

  const big = (outcome) => `<span class="big ${outcome}"><i aria-hidden="true">${OUTCOMES[outcome][0]}</i>${long(outcome)}</span>`;

  const facts = (list) => `<dl class="facts">${list.filter(([, value]) => value).map(([name, value]) => `<dt>${name}</dt><dd>${escape(value)}</dd>`).join('')}</dl>`;

  const clauseHtml = ([id, held], decided) => {
    const clause = clauses[id] || { says: '', source: '', strength: '' };
    return `<li class="${held ? 'held' : ''}${decided ? ' decided' : ''}"><span aria-hidden="true">${held ? '✓' : 'no'}</span>`
      + `<div><span class="vh">${held ? 'holds' : 'does not hold'}: </span><code>${escape(id)}</code>${decided ? ' <small>decides</small>' : ''}<br>${escape(clause.says)}`
      + ` <small>[${escape(clause.source)}] ${escape(clause.strength)}</small></div></li>`;
  };

  const ownFacts = (row) => {
    const check = ownOf.get(`${row.kind === 'api-method' ? 'api' : 'page'} ${row.name}`);
    if (!check) return '';
    return `<h3>Own check</h3>${facts([
      ['its code asks for', check.declares],
      ['open to', check.open_to],
      ['would write', (check.writes || []).join(', ')],
      ['wrong', (check.wrong || []).map(([, says]) => says).join('; ')],
      ['code', check.place],
    ])}`;
  };

  const openCell = (row, who) => {
    const cell = cellAt(row, who, state.slot);
    if (!cell) return;
    const [decision, observation, verdict] = [decisions[cell[0]], observations[cell[1]], cell[2]];
    const principal = principals[who];
    const line = fill(principal, state.slot, row);
    const mark = DIFFERS.has(verdict)
      ? `<span class="big ${verdict}">! ${VERDICTS[verdict][0]}</span>` : `<span class="big agree">${VERDICTS[verdict][0]}</span>`;
    $('cell-title').innerHTML = `<code>${escape(row.name)}</code><small>${KINDS[row.kind]}, as ${escape(principal.name)}, settings ${escape(slots[state.slot].name)}</small>`;
    const model = decision.opens
      ? `Lets it through to the endpoint, which decides for itself${decision.who ? `; runs as ${decision.who}` : ''}.`
      : `Refuses it: ${decision.reason || 'not asked'}.`;
    const id = `${slots[state.slot].name}/${principal.name}/${principal.carrier}/${row.dry ? 'dry' : 'real'}/${row.target}`;
    $('cell-body').innerHTML = `<div class="marks">${big(observation.outcome)}${mark}</div>`
      + `<h3>Model</h3><p>${escape(model)}</p>${DIFFERS.has(verdict) ? `<p><strong>${VERDICTS[verdict][1]}</strong></p>` : ''}`
      + `<ul class="clauses">${decision.steps.filter((step) => step[0] === decision.clause).map((step) => clauseHtml(step, true)).join('')}</ul>`
      + `<h3>Observed</h3>${facts([
        ['outcome', OUTCOMES[observation.outcome][2]],
        ['reason', observation.reason],
        ['message', observation.message],
        ['ran as', observation.who],
        ['led to', observation.leads_to],
        ['also dispatched', (observation.inner || []).join(', ')],
        ['status', observation.status ? `${observation.status}, which decided nothing` : ''],
        ['not run', row.dry],
      ])}${ownFacts(row)}`
      + `<h3>Request</h3><code class="line" id="request">${escape(requestOf(line))}</code>`
      + `<h3>To repeat it</h3><code class="line" id="curl">${escape(line)}</code><button type="button" class="quiet copy" id="copy">Copy</button>`
      + `<details class="asked"><summary>${plural(decision.steps.length, 'clause was', 'clauses were')} asked; the others were not</summary>`
      + `<ul class="clauses">${decision.steps.map((step) => clauseHtml(step, step[0] === decision.clause)).join('')}</ul></details>`
      + `<h3>Same request in other settings</h3><ul class="elsewhere">${slots.map((slot, index) => {
        const other = cellAt(row, who, index);
        if (!other || index === state.slot) return '';
        const outcome = outcomeOf(other);
        const bad = DIFFERS.has(other[2]);
        return `<li><button type="button" class="c ${outcome}${bad ? ` ${other[2]}` : ''}" data-slot="${index}"><i aria-hidden="true">${bad ? '!' : OUTCOMES[outcome][0]}</i>${escape(slot.name)}: ${long(outcome)}</button></li>`;
      }).join('')}</ul>`
      + `<h3>Case</h3><code class="line">${escape(id)}</code>`;
    writeAddress(`${row.kind === 'api-method' ? 'API:' : ''}${row.name}/${principal.name}`);
    $('copy').addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(line);
        $('copy').textContent = 'Copied';
      } catch (error) {
        getSelection().selectAllChildren($('curl'));
        $('copy').textContent = 'Selected: copy it with the keyboard';
      }
    });
    $('cell-body').querySelectorAll('[data-slot]').forEach((button) => button.addEventListener('click', () => {
      change({ slot: Number(button.dataset.slot) });
      openCell(row, who);
    }));
    if (!$('cell').open) $('cell').showModal();
    $('cell').scrollTop = 0;
  };

  const openLinked = (name) => {
    const [, api, target, who] = name.match(/^(API:)?(.*)\/([^/]*)$/) || [];
    const row = rows.find((one) => one.name === target && (one.kind === 'api-method') === Boolean(api));
    const place = principals.findIndex((one) => one.name === who);
    if (row && place >= 0) openCell(row, place);
  };

  /* ---- keys and clicks in the tables ---- */

  const buttonAt = (row, who) => $('matrix').querySelector(`tr[data-row="${row}"] [data-who="${who}"]`);

  const focusCell = (row, who) => {
    const old = active && buttonAt(active.row, active.who);
    if (old) old.tabIndex = -1;
    active = { row: row.index, who };
    build(groups.find((group) => group.rows.includes(row)));
    const button = buttonAt(row.index, who);
    if (!button) return;
    button.tabIndex = 0;
    button.focus({ preventScroll: true });
    const box = button.getBoundingClientRect();
    const top = $('heads').getBoundingClientRect().bottom;
    if (box.top < top + 44) window.scrollBy(0, box.top - top - 90);
    else if (box.bottom > window.innerHeight - 8) window.scrollBy(0, box.bottom - window.innerHeight + 60);
  };

  const onKey = (event) => {
    const button = event.target.closest('.cells .c');
    if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[Number(button.closest('tr').dataset.row)];
    const shown = groups.flatMap((group) => group.shown);
    const who = [...state.who];
    let [y, x] = [shown.indexOf(row), who.indexOf(Number(button.dataset.who))];
    switch (event.key) {
      case 'ArrowUp': y -= 1; break;
      case 'ArrowDown': y += 1; break;
      case 'ArrowLeft': x -= 1; break;
      case 'ArrowRight': x += 1; break;
      case 'Home': x = 0; break;
      case 'End': x = who.length - 1; break;
      case 'PageUp': y = Math.max(0, y - 12); break;
      case 'PageDown': y = Math.min(shown.length - 1, y + 12); break;
      default: return;
    }
    event.preventDefault();
    if (shown[y] && x >= 0 && x < who.length) focusCell(shown[y], who[x]);
  };

  /* ---- the parts that stay ---- */

  const about = () => {
    const { target, totals } = matrix;
    const software = Object.entries(target.software).map(([name, value]) => `${name === 'php' ? 'PHP' : name.charAt(0).toUpperCase() + name.slice(1)} ${value}`);
    $('about').textContent = `${target.name} ${target.name.includes(target.version) ? '' : target.version} · ${software.join(' · ')} · ${matrix.made.slice(0, 16).replace('T', ' ')} UTC`;
    const { verdicts } = totals;
    const parts = [['leak', 'leak'], ['lockout', 'lockout'], ['wrong_reason', 'wrong reason']].filter(([name]) => verdicts[name]).map(([name, word]) => plural(verdicts[name], word));
    const open = verdicts.unknown + verdicts.error + verdicts.not_run;
    const box = $('verdict');
    const size = `${plural(rows.length, 'endpoint')} and API methods × ${plural(width, 'principal')} × ${plural(slots.length, 'setting')}`;
    if (parts.length) {
      box.classList.add('bad');
      box.innerHTML = `<strong>${parts.join(', ')}</strong><span>in ${plural(verdicts.cases, 'cell')}: ${size}</span><button type="button" class="quiet" id="show-them">Show them</button>`;
      $('show-them').addEventListener('click', () => {
        const slot = slots.findIndex((one, place) => rows.some((row) => principals.some((who, index) => DIFFERS.has((cellAt(row, index, place) || [])[2]))));
        change({ slot, search: '', outcomes: new Set(), differs: false, model: true, who: new Set(principals.keys()) });
      });
    } else if (open || !matrix.complete || matrix.canaries.length || matrix.state.changes.length) {
      box.classList.add('odd');
      const why = [];
      if (open) why.push(`${plural(open, 'cell')} without a clear answer`);
      if (matrix.canaries.length) why.push(`${plural(matrix.canaries.length, 'canary', 'canaries')} failed`);
      if (matrix.state.changes.length) why.push('the database changed meanwhile');
      box.innerHTML = `<strong>Nothing is concluded</strong><span>${why.join(', ')}; ${size}</span>`;
    } else {
      box.innerHTML = `<strong>Live and model agree</strong><span>in all ${plural(verdicts.cases, 'cell')}: ${size}</span>`;
    }
  };

  const tools = () => {
    $('settings').insertAdjacentHTML('beforeend', slots.map((slot, index) => {
      const bad = rows.reduce((sum, row) => sum + principals.filter((who, place) => DIFFERS.has((cellAt(row, place, index) || [])[2])).length, 0);
      const badge = bad ? ` <span class="badge">${number.format(bad)}<span class="vh"> differences</span></span>` : '';
      return `<label title="${escape(slot.says)}"><input type="radio" name="slot" value="${index}">${escape(slot.name)}${badge}</label>`;
    }).join(''));
    $('settings').addEventListener('change', (event) => change({ slot: Number(event.target.value) }));
    $('outcomes').innerHTML = Object.keys(OUTCOMES).filter((name) => matrix.totals.outcomes[name]).map((name) => (
      `<button type="button" class="chip" data-outcome="${name}" aria-pressed="false" title="${OUTCOMES[name][2]}"><i aria-hidden="true">${OUTCOMES[name][0]}</i>${long(name)} <b></b></button>`
    )).join('');
    $('outcomes').addEventListener('click', (event) => {
      const chip = event.target.closest('.chip');
      if (!chip) return;
      const outcomes = new Set(state.outcomes);
      if (!outcomes.delete(chip.dataset.outcome)) outcomes.add(chip.dataset.outcome);
      change({ outcomes });
    });
    $('who').querySelector('fieldset').insertAdjacentHTML('beforeend', principals.map((who, index) => (
      `<label><input type="checkbox" value="${index}" checked><span>${escape(who.name)} <small>${escape(who.says)}</small></span></label>`
    )).join(''));
    $('who').addEventListener('change', (event) => {
      const who = new Set([...state.who]);
      if (event.target.checked) who.add(Number(event.target.value)); else who.delete(Number(event.target.value));
      change({ who: new Set(who.size ? [...who].sort((a, b) => a - b) : principals.keys()) });
    });
    document.addEventListener('click', (event) => { if (!event.target.closest('#who')) $('who').open = false; });
    $('who').addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      $('who').open = false;
      $('who').querySelector('summary').focus();
    });
    $('own-filters').addEventListener('click', (event) => {
      const chip = event.target.closest('.chip');
      if (!chip) return;
      const name = chip.dataset.own;
      change({ own: state.own === name ? '' : name });
      $('own-filters').querySelector(`[data-own="${name}"]`).focus();
    });
    $('search').addEventListener('input', () => change({ search: $('search').value }));
    $('differs').addEventListener('change', () => change({ differs: $('differs').checked }));
    $('model').addEventListener('change', () => change({ model: $('model').checked }));
    $('reset').addEventListener('click', () => change({ search: '', outcomes: new Set(), differs: false, model: false, own: '', who: new Set(principals.keys()) }));
    $('close').addEventListener('click', () => $('cell').close());
    $('cell').addEventListener('click', (event) => { if (event.target === $('cell')) $('cell').close(); });
    $('cell').addEventListener('close', () => {
      writeAddress();
      /* The table may have been made anew meanwhile. */
      if (active) focusCell(rows[active.row], active.who);
    });
  };

  const theme = () => {
    const names = ['system', 'light', 'dark'];
    const set = (place) => {
      const root = document.documentElement;
      if (place) root.dataset.theme = names[place]; else delete root.dataset.theme;
      $('theme').textContent = `Theme: ${names[place]}`;
      $('theme').dataset.place = place;
    };
    let kept = 0;
    try {
      kept = Math.max(0, names.indexOf(localStorage.getItem('theme')));
    } catch (error) { /* nothing is kept where storage is barred */ }
    set(kept);
    $('theme').addEventListener('click', () => {
      const next = (Number($('theme').dataset.place) + 1) % names.length;
      set(next);
      try {
        localStorage.setItem('theme', names[next]);
      } catch (error) { /* as above */ }
    });
  };

  const foot = () => {
    const table = (caption, head, body) => `<table><caption class="vh">${caption}</caption><thead><tr>${head.map((text) => `<th scope="col">${text}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
    const line = (first, ...rest) => `<tr><th scope="row">${first}</th>${rest.map((text) => `<td>${text}</td>`).join('')}</tr>`;
    const reasons = new Map();
    rows.filter((row) => row.dry).forEach((row) => reasons.set(row.dry, [...(reasons.get(row.dry) || []), row.name]));
    const { state: base } = matrix;
    const changes = base.changes.map((one) => line(escape(one.slot), `<code>${escape(one.table)}</code>`, escape(one.what), one.restored ? 'yes' : 'no'));
    $('foot').innerHTML = `<h2>What the cells say</h2>${table('Outcomes', ['cell', 'meaning', 'cells'], Object.keys(OUTCOMES).filter((name) => matrix.totals.outcomes[name]).map((name) => line(big(name), OUTCOMES[name][2], number.format(matrix.totals.outcomes[name]))))}`
      + `<h2>Settings</h2>${table('Settings', ['settings', 'what is set'], slots.map((slot) => line(escape(slot.name), escape(slot.says))))}`
      + `<h2>Principals</h2>${table('Principals', ['principal', 'who', 'token in'], principals.map((who) => line(escape(who.name), escape(who.says), escape(who.carrier))))}`
      + (reasons.size ? `<h2>Not run</h2><p>Requests for these stop before the controller: their cells tell about authentication, gate and dispatch only.</p>${table('Not run', ['reason', 'endpoints and API methods'], [...reasons].map(([why, names]) => `<tr><td>${escape(why)}</td><td>${names.map((name) => `<code>${escape(name)}</code>`).join(', ')}</td></tr>`))}` : '')
      + (base.tables ? `<h2>Database</h2>${changes.length ? table('Changed tables', ['settings', 'table', 'what changed', 'put back'], changes) : `<p>${plural(base.tables, 'table')} were compared before and after the requests of each setting; none changed.</p>`}` : '')
      + (matrix.canaries.length ? `<h2>Canaries</h2><ul>${matrix.canaries.map((text) => `<li>${escape(text)}</li>`).join('')}</ul>` : '')
      + (matrix.target.real_matomo ? '' : '<p class="notice" style="margin-top:28px">simulated target: no real Matomo was tested</p>');
  };

  /* ---- begin ---- */

  const begun = performance.now();
  for (const group of groups) {
    const section = document.createElement('section');
    section.className = 'plugin';
    section.setAttribute('aria-label', group.plugin);
    section.innerHTML = `<h2>${escape(group.plugin)} <small></small></h2><table class="cells" aria-describedby="keys"></table>`;
    group.section = section;
    group.heading = section.querySelector('small');
    group.table = section.querySelector('table');
    $('matrix').append(section);
  }
  $('matrix').insertAdjacentHTML('beforeend', '<p class="empty" id="empty" hidden>No row fits. Loosen a filter or reset them all.</p>');
  const seer = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) build(groups.find((group) => group.section === entry.target));
  }, { rootMargin: '900px' });
  groups.forEach((group) => seer.observe(group.section));
  $('matrix').addEventListener('click', (event) => {
    const button = event.target.closest('.cells .c');
    if (!button) return;
    const row = rows[Number(button.closest('tr').dataset.row)];
    focusCell(row, Number(button.dataset.who));
    openCell(row, Number(button.dataset.who));
  });
  $('matrix').addEventListener('keydown', onKey);
  window.addEventListener('resize', fitColumns);
  window.addEventListener('beforeprint', () => buildRest(true));
  about();
  tools();
  theme();
  foot();
  const linked = readAddress();
  show();
  showOwn();
  window.addEventListener('hashchange', () => { const cell = readAddress(); show(); showOwn(); if (cell) openLinked(cell); });
  if (linked) openLinked(linked);
  document.documentElement.dataset.ready = String(Math.round(performance.now() - begun));
})();
