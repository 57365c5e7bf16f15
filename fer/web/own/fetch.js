// A page says what the next one needs by <span data-fetch="address address">, so that it is there by then.
for (const address of document.querySelector("[data-fetch]").dataset.fetch.split(" ")) fetch(address, {priority: "low"}).catch(() => {});
