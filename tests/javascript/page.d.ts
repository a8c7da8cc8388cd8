/* What the templates promise the scripts and the browser's own types cannot know. */

interface Document {
  readonly activeElement: any;
  /** Which kind of element an id names (video, dialog, form …) is decided by the template. */
  getElementById(id: string): any;
}

/** Every element of our pages is an HTML element. */
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}

/** Events are delivered to elements here. */
interface EventTarget {
  closest(selectors: string): any;
}

/** Events of our own (MediaCall) carry a detail. */
interface Event {
  detail: any;
}

/** Set by `openSocket`: resolves when the socket ends. */
interface WebSocket {
  closed: Promise<unknown>;
}
