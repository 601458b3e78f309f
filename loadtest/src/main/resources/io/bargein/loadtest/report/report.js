// Reads a chart out where the pointer is. Without it the page lacks nothing else.
'use strict';
for (const svg of document.querySelectorAll('svg[data-stops]')) {
  const figure = svg.closest('figure');
  const read = figure.querySelector('.read');
  const stops = svg.dataset.stops.split('\n').map(line => {
    const space = line.indexOf(' ');
    return {x: Number(line.slice(0, space)), text: line.slice(space + 1)};
  });
  const title = svg.querySelector('title');
  svg.setAttribute('aria-label', title.textContent);
  title.remove(); // or it would cover the chart as a tool tip
  figure.classList.add('live');
  const cursor = document.createElementNS(svg.namespaceURI, 'path');
  cursor.setAttribute('class', 'cursor');
  const show = event => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    const stop = stops.reduce((best, s) => (Math.abs(s.x - x) >= Math.abs(best.x - x) ? best : s));
    cursor.setAttribute('d', 'M' + stop.x + ' 38V' + (svg.viewBox.baseVal.height - 46));
    svg.append(cursor);
    read.textContent = stop.text;
  };
  svg.addEventListener('pointermove', show);
  svg.addEventListener('pointerdown', show);
  svg.addEventListener('pointerleave', () => {
    cursor.remove();
    read.textContent = '';
  });
}
