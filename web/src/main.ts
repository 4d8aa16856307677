document.body.textContent = 'tfreeze'
