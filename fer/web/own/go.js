// A page says where to go by <span data-go="address">. By a full page load, which is when cookies are read, and without
// a way back to here.
location.replace(document.querySelector("[data-go]").dataset.go);
