// What mdBook leaves out for those who read with a keyboard or a screen reader.

'use strict';

(function sidebarByKeyboard() {
    const toggle = document.getElementById('mdbook-sidebar-toggle');
    const checkbox = document.getElementById('mdbook-sidebar-toggle-anchor');
    // book.js listens to the checkbox; a checkbox that is hidden can't be reached with a keyboard.
    toggle.addEventListener('click', () => checkbox.click());
    document.querySelectorAll('#mdbook-sidebar a.active').forEach(link => link.setAttribute('aria-current', 'page'));
})();

(function scrollableByKeyboard() {
    const boxes = document.querySelectorAll('main pre > code, main .table-wrapper');
    const observer = new ResizeObserver(entries => entries.forEach(({ target }) => reach(target)));
    boxes.forEach(box => observer.observe(box));

    function reach(box) {
        const attributes = { tabindex: 0 };
        if (box.classList.contains('table-wrapper')) {
            Object.assign(attributes, { 'role': 'group', 'aria-label': 'Table, scrolls sideways' });
        }
        for (const [name, value] of Object.entries(attributes)) {
            if (box.scrollWidth > box.clientWidth) {
                box.setAttribute(name, value);
            } else {
                box.removeAttribute(name);
            }
        }
    }
})();
