// A call's toolbar: one tab stop, arrows inside; M and K only while the focus is in it.

/**
 * @param {HTMLElement[]} tools @param {KeyboardEvent} event
 * @param {HTMLElement} mute @param {HTMLElement} camera
 */
export function steer(tools, event, mute, camera) {
  const here = tools.indexOf(document.activeElement);
  const steps = new Map([["ArrowRight", 1], ["ArrowLeft", -1], ["Home", -here], ["End", tools.length - 1 - here]]);
  const step = steps.get(event.key);
  if (step !== undefined) {
    const next = tools[(here + step + tools.length) % tools.length];
    tools.forEach((tool) => { tool.tabIndex = tool === next ? 0 : -1; });
    next.focus();
    event.preventDefault();
  }
  if (event.key.toLowerCase() === "m") mute.click();
  if (event.key.toLowerCase() === "k") camera.click();
}
