/* PyGWalker's front end in a component of ours.

   It believes that it talks to a Jupyter widget; the stand-in below answers in the widget's place, over our own route.
   `component.data` is Python's side of it:
     src      address of the front end's module        url      address of the kernel for this table
     props    what the front end is told at the start  styles   our style sheet for its shadow roots
     epoch    another one mounts anew                  saving   whether charts of this table can be saved
     save     another one saves now                    select   { at, token }: another token shows chart `at`, -1 a new one
     told     what Python still holds of a mount before: { dirty, failed }
   What Python hears: `dirty` (unsaved changes), `charts` ({names, at}), `failed` ({what, kept, todo} or null), and
   `saved`, a trigger. */

const drafts = (globalThis.__explorerDrafts ??= new Map());   // unsaved charts of explorers that were left, by address
const fulfilled = (globalThis.__explorerWishes ??= new Set());   // tokens of `select`; another mount must not repeat one
const modules = (globalThis.__explorerModules ??= {});
const mounted = new WeakMap();
const EVERY = 400;        // ms between two looks at its store and at the theme
const PATIENCE = 28000;   // ms for an answer
const STARTING = 30000;   // ms until a front end that does not appear is called missing
const SHELVES = ['rows', 'columns', 'theta', 'radius', 'color', 'text', 'longitude'];
const PHONE = matchMedia('(max-width: 640px)');

export default function (component) {
  const { parentElement, data } = component;
  let explorer = mounted.get(parentElement);
  if (explorer && explorer.epoch !== data.epoch) { explorer.end(); explorer = null; }
  if (!explorer) mounted.set(parentElement, (explorer = new Explorer(component)));
  explorer.follow(component);
  return () => {
    if (mounted.get(parentElement) !== explorer) return;
    explorer.end();
    mounted.delete(parentElement);
  };
}

class Explorer {
  constructor(component) {
    this.component = component;
    this.epoch = component.data.epoch;
    this.saves = component.data.save;
    this.dirty = component.data.told.dirty;
    this.failing = component.data.told.failed;
    this.listening = [];             // its keydown listeners, which it never takes off
    this.hearers = new Set();
    this.stopped = new AbortController();
    this.sheet = new CSSStyleSheet();
    this.sheet.replaceSync(component.data.styles);
    this.styled = new WeakSet();
    this.began = performance.now();
    this.frame = element('div', 'explorer');
    this.stage = element('div', 'stage');
    this.frame.append(this.stage, skeleton());
    component.parentElement.append(this.frame);
    this.collectListeners();
    this.warn = (event) => { if (this.dirty) event.preventDefault(); };
    this.turn = () => { if (!this.dirty) this.restart(); };
    addEventListener('beforeunload', this.warn);
    PHONE.addEventListener('change', this.turn);
    this.timer = setInterval(() => this.look(), EVERY);
    this.start();
  }

  /* A new run of the page's script: its wishes, one by one. */
  follow(component) {
    this.component = component;
    const { data } = component;
    if (data.save !== this.saves) { this.saves = data.save; this.save(); }
    this.look();
  }

  async start() {
    const { data } = this.component;
    let props = { ...data.props, dark: isDark(this.frame) ? 'dark' : 'light' };
    this.looking = PHONE.matches;
    this.frame.classList.toggle('looking', this.looking);
    if (this.looking) {
      const charts = await this.saved();
      if (this.stopped.signal.aborted) return;
      if (!charts.length) return this.say('Charts are built on a wider window. None is saved for this table yet.');
      props = { ...props, gwMode: 'filter_renderer', visSpec: charts, needLoadLastSpec: false, useSaveTool: false };
    }
    this.props = props;
    try {
      modules[data.src] ??= import(new URL(data.src, document.baseURI).href);
      const { default: frontEnd } = await modules[data.src];
      if (!this.stopped.signal.aborted) this.unmount = frontEnd.render({ model: this.model(), el: this.stage });
    } catch (error) {
      delete modules[data.src];
      console.error(error);
      this.fail({ message: 'The explorer could not be loaded.', todo: 'Reload the page.' });
      this.say('');
    }
  }

  /* The saved charts that show something, for a window in which nothing is built. */
  async saved() {
    const answer = await this.ask('get_latest_vis_spec', {});
    if (answer.code !== 0) { this.fail(answer); return []; }
    return answer.data.visSpec.filter((chart) => SHELVES.some((shelf) => chart.encodings?.[shelf]?.length));
  }

  /* What the front end takes for a widget's model. */
  model() {
    return {
      get: (key) => (key === 'props' ? JSON.stringify(this.props) : undefined),
      set() {},
      save_changes() {},
      on: (event, hear) => { if (event === 'msg:custom') this.hearers.add(hear); },
      off: () => this.hearers.clear(),
      send: (message) => { if (message.type === 'pyg_request') this.serve(message.msg); },
    };
  }

  async serve({ action, data, gid, rid }) {
    let answer = await this.ask(action, data);
    if (this.stopped.signal.aborted) return;                     // unmounted: nobody waits
    if (answer.code === 0) this.note(action, answer); else this.fail(answer);
    /* A failed query is never settled by the front end: "Loading..." for ever. It gets no rows; the page says why. */
    if (answer.code !== 0 && action.startsWith('batch_')) answer = { code: 0, data: { datas: data.queryList.map(() => []) }, message: '' };
    /* Charts that cannot be read leave it as it is, with none: it waits for ever for anything but a success. */
    if (answer.code !== 0 && action === 'get_latest_vis_spec') answer = { code: 0, data: { visSpec: [] }, message: '' };
    if (action === 'get_latest_vis_spec') this.answered = true;
    const told = JSON.stringify({ gid, rid, action: 'finish_request', data: answer });
    this.hearers.forEach((hear) => hear({ type: 'pyg_response', data: told }));
  }

  note(action, answer) {
    if (action === 'get_latest_vis_spec') this.props = { ...this.props, visSpec: answer.data.visSpec };   // read again after this answer
    if (action === 'update_spec') { this.kept = this.now(); this.component.setTriggerValue('saved', Date.now()); }
    if (this.failing && action !== 'ping') { this.failing = false; this.frame.classList.remove('failed'); this.component.setStateValue('failed', null); }
  }

  async ask(action, data) {
    try {
      const response = await fetch(this.component.data.url, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', 'X-Groundwork': '1' },
        signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(PATIENCE)]),
        body: JSON.stringify({ action, data }),
      });
      const answer = await response.json().catch(() => null);
      if (typeof answer?.code === 'number') return answer;
      return { code: response.status || 1, data: null, message: `The server answered ${response.status}.`, todo: 'Try again.' };
    } catch (error) {
      const late = error?.name === 'TimeoutError';
      return { code: 1, data: null, message: late ? 'No answer came in time.' : 'The server could not be reached.', kept: 'Your charts are kept as they are.', todo: late ? 'Aggregate, or filter first.' : 'Check the connection, then change the chart again.' };
    }
  }

  /* A state, not a trigger: a trigger's value is gone at the next run of the script, and the cause would vanish. */
  fail({ message, kept, todo }) {
    this.failing = true;
    this.frame.classList.add('failed');
    this.component.setStateValue('failed', { what: message, kept: kept ?? '', todo: todo ?? '' });
  }

  say(words) {
    this.frame.querySelector('.starting')?.remove();
    const note = element('p', 'note');
    note.textContent = words;
    this.stage.replaceChildren(note);
  }

  /* Every 400 ms: style new shadow roots, follow the theme, see what changed in its store. */
  look() {
    for (const root of shadowRoots(this.stage)) this.style(root);
    followTheme(this.stage);
    if (this.looking) { if (this.unmount) this.appear(); return; }
    this.store ??= storeOf(this.stage);
    if (this.store?.visList?.length) this.watch();
    else if (performance.now() - this.began > STARTING && this.frame.querySelector('.starting')) this.say('The explorer did not start. Reload the page.');
  }

  style(root) {
    if (this.styled.has(root)) return;
    this.styled.add(root);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.sheet];
    if (root.host.parentElement?.matches('.overflow-y-auto, .overflow-y-auto > .flex')) Object.assign(root.host.style, { height: '100%', width: '100%' });
    this.giveListenersBack();
  }

  watch() {
    this.appear();
    if (!this.loaded()) return;
    this.resume();
    this.fill();
    this.wish();
    const now = this.now();
    this.kept ??= now;                                           // as it was opened
    const dirty = this.component.data.saving && now !== this.kept;
    if (dirty !== this.dirty) this.component.setStateValue('dirty', (this.dirty = dirty));
    const charts = JSON.stringify({ names: this.store.vizList.map((chart) => chart.name), at: this.store.visIndex });
    if (charts !== this.charts) this.component.setStateValue('charts', JSON.parse((this.charts = charts)));
  }

  /* Whoever left with unsaved changes finds them again: they live as long as the tab. */
  resume() {
    const draft = drafts.get(this.component.data.url);
    if (!draft) return;
    drafts.delete(this.component.data.url);
    this.kept = draft.kept;
    this.store.importCode(draft.charts);
  }

  /* A new chart starts small; while nothing is on it, it is told to fill its frame. */
  fill() {
    const { layout, encodings } = this.store.currentVis;
    if (layout.size?.mode !== 'auto' || SHELVES.some((shelf) => encodings[shelf]?.length)) return;
    this.store.setVisualLayout('size', { ...layout.size, mode: 'full' });
  }

  /* The front end stands: the skeleton may go. */
  appear() {
    this.frame.querySelector('.starting')?.remove();
  }

  now() {
    return JSON.stringify(this.store.exportCode());
  }

  wish() {
    const { select } = this.component.data;
    if (!select || fulfilled.has(select.token)) return;
    fulfilled.add(select.token);
    if (select.at < 0) this.store.addVisualization();
    else if (select.at < this.store.visList.length) this.store.selectVisualization(select.at);
  }

  /* Its charts are those of the answer, not yet the one that it starts with. */
  loaded() {
    const [first] = this.props?.visSpec ?? [];
    return this.answered && (!first?.visId || this.store.vizList[0].visId === first.visId);
  }

  save() {
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 's', ctrlKey: true }));
  }

  /* Its Ctrl+S listener hangs on the document and stays after it: a dead explorer would answer "save success". While
     it mounts, whatever listens for keys is noted, to be taken off at the end. */
  collectListeners() {
    const { listening } = this;
    const add = Document.prototype.addEventListener;
    document.addEventListener = function (type, hear, options) {
      if (type === 'keydown') listening.push([hear, options]);
      return add.call(document, type, hear, options);
    };
  }

  giveListenersBack() {
    delete document.addEventListener;
  }

  restart() {
    const { component } = this;
    this.end();
    mounted.set(component.parentElement, new Explorer(component));
  }

  end() {
    clearInterval(this.timer);
    if (this.dirty && this.store) drafts.set(this.component.data.url, { charts: this.store.exportCode(), kept: this.kept });
    removeEventListener('beforeunload', this.warn);
    PHONE.removeEventListener('change', this.turn);
    this.giveListenersBack();
    this.stopped.abort();
    try { this.unmount?.(); } catch (error) { console.warn(error); }
    this.listening.forEach(([hear, options]) => document.removeEventListener('keydown', hear, options));
    this.frame.remove();
  }
}

function element(kind, name) {
  const made = document.createElement(kind);
  made.className = name;
  return made;
}

function skeleton() {
  const made = element('div', 'starting');
  made.setAttribute('role', 'status');
  const words = document.createElement('p');
  words.textContent = 'Starting the explorer. The first time takes about 3 seconds.';
  made.append(...Array.from({ length: 4 }, () => document.createElement('i')), words);
  return made;
}

/* Every open shadow root under a node. */
function* shadowRoots(node) {
  for (const child of (node.shadowRoot ?? node).querySelectorAll('*')) {
    if (child.shadowRoot) { yield child.shadowRoot; yield* shadowRoots(child); }
  }
}

/* Its store of charts; the React tree of this pinned version is the only way to it. */
function storeOf(stage) {
  const root = Object.keys(stage).find((key) => key.startsWith('__reactContainer$'));
  const todo = [stage[root]];
  while (todo.length) {
    const fiber = todo.pop();
    if (!fiber) continue;
    const store = fiber.memoizedProps?.storeRef?.current;
    if (store?.exportCode) return store;
    todo.push(fiber.sibling, fiber.child);
  }
  return undefined;
}

/* Light and dark without a remount: the app's own colour decides, for a change of theme reruns no script; the front
   end's switch, which is hidden, is pressed for it. */
function followTheme(stage) {
  stage.querySelector(`[role=radio][data-state=off]:nth-of-type(${isDark(stage) ? 1 : 2})`)?.click();
}

function isDark(node) {
  const colour = getComputedStyle(node).getPropertyValue('--st-background-color').trim();
  const hex = colour.match(/^#(..)(..)(..)/)?.slice(1).map((part) => parseInt(part, 16));
  const [red, green, blue] = hex ?? colour.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  return (red * 299 + green * 587 + blue * 114) / 1000 < 128;
}
