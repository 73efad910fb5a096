// Copies the address with its fragment, which no server ever sees.
const said = document.getElementById("copied");
document.getElementById("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = "Copied.";
  } catch {
    said.textContent = "Your browser didn't allow that. Copy the link from the address bar instead.";
  }
});
