// A page says its language by <span data-language="de" data-chosen="de">. Screen readers pronounce by it, and browsers
// offer to translate by it. A language that was chosen is remembered for a year, in the cookie that data-cookie names.
{
  const {language, chosen, cookie} = document.querySelector("[data-language]").dataset;
  document.documentElement.lang = language;
  if (chosen) document.cookie = `${cookie}=${chosen}; path=/; max-age=31536000; samesite=lax`;
}
