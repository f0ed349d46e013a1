using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace RlCore.Worker.Tests.Watching;

/// <summary>The tokens of completions on the page, in a real browser.</summary>
public sealed class TokenPageLaws(Browser browser) : IClassFixture<Browser>
{
    private const string Hostile = "<script>window.hacked = true</script><img src=x onerror=\"window.hacked = true\">\u202Egnp\u202C";

    // Certain, unlikely, and beyond the scale; what ends the completion has no text.
    private static readonly string Tokens =
        "[[5,\"4\",-0.0001,0.25],[6,\" \\\"or\\\"\",-2.5,-0.5],[7,\"👍\",-40,0.5],[0,\"\",-0.5,0]]";

    [Fact]
    public async Task Tokens_are_coloured_by_log_prob_or_by_advantage()
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("tokens", "reward");
        run.Step(1, 1, (_, _) => 1);
        run.KeepTokens();
        run.Sample(1, "2+2=", "4 \"or\"👍", 1, 0.5, Tokens);
        run.Sample(1, "3+3=", "6", 1, 0.5, "");
        run.Sample(1, "4+4=", "8", 1, 0.5, "[[8,\"9\",-1,1]]");
        await using Window window = await browser.OpenAsync();
        await window.Page.GotoAsync(watched.Address + "#samples");
        ILocator tokens = window.Page.Locator("#samples .token");
        await Assertions.Expect(tokens).ToHaveTextAsync(["4", " \"or\"", "👍", ""], new() { UseInnerText = false });
        Assert.Equal("4 \"or\"👍", await window.Page.Locator("#samples td[data-name=completion] .text").First.TextContentAsync());
        Assert.Equal("0 22.5 45 4.5", await SharesAsync(window));
        await Assertions.Expect(window.Page.Locator("#samples .token.rare")).ToHaveCountAsync(4);
        await Assertions.Expect(window.Page.Locator("#samples .legend")).ToHaveTextAsync("0-5 nats or less");
        await Assertions.Expect(tokens.Nth(1)).ToHaveAttributeAsync(
            "title", "“ \"or\"” · log-prob -2.5 (8.208 %) · advantage -0.5");
        await window.PictureAsync("tokens-logprob");
        await window.Page.Locator("#way").SelectOptionAsync("advantage");
        await Assertions.Expect(window.Page.Locator("#samples .legend")).ToHaveTextAsync("-0.50.5");
        Assert.Equal("22.5 45 45 0", await SharesAsync(window));
        await Assertions.Expect(tokens).ToHaveClassAsync(
            [new Regex("plus"), new Regex("minus"), new Regex("plus"), new Regex("plus")]);
        await window.PictureAsync("tokens-advantage");

        // The choice stays, and without one a completion is plain text; what is no list of its tokens is a column of its own.
        await window.Page.ReloadAsync();
        await Assertions.Expect(window.Page.Locator("#way")).ToHaveValueAsync("advantage");
        await window.Page.Locator("#way").SelectOptionAsync("");
        await Assertions.Expect(tokens).ToHaveCountAsync(0);
        await Assertions.Expect(window.Page.Locator("#samples td[data-name=completion]")).ToHaveTextAsync(["4 \"or\"👍", "6", "8"]);
        await Assertions.Expect(window.Page.Locator("#samples td[data-name=tokens]")).ToHaveTextAsync(["", "", "[[8,\"9\",-1,1]]"]);
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task The_keyboard_goes_through_the_tokens_and_news_do_not_take_them_away()
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("keys", "reward");
        run.KeepTokens();
        run.Step(1, 1, (_, _) => 1);
        run.Sample(1, "2+2=", "4 \"or\"👍", 1, 0.5, Tokens);
        run.Sample(1, "2+2=", "4 \"or\"👍", 1, 0.5, Tokens);
        await using Window window = await browser.OpenAsync();
        IKeyboard keys = window.Page.Keyboard;
        await window.Page.GotoAsync(watched.Address + "#samples");
        ILocator told = window.Page.Locator("#samples .told");
        await window.Page.Locator("#way").FocusAsync();
        await keys.PressAsync("Tab");
        await Assertions.Expect(told).ToHaveTextAsync("“4” · log-prob -0.0001 (99.99 %) · advantage 0.25");
        await keys.PressAsync("ArrowRight");
        await keys.PressAsync("ArrowRight");
        await Assertions.Expect(told).ToContainTextAsync("“👍” · log-prob -40 ");
        run.Step(2, 1, (_, _) => 1);
        run.Sample(2, "2+2=", "5", 1, 0.5, "[[9,\"5\",-1,1]]");
        await Assertions.Expect(window.Page.Locator(".run .state")).ToContainTextAsync("2");
        await Assertions.Expect(window.Page.Locator("#samples .place")).ToContainTextAsync("step 1 ");
        await keys.PressAsync("End");
        await Assertions.Expect(told).ToHaveTextAsync("token 0, no character ends with it · log-prob -0.5 (60.65 %) · advantage 0");
        await keys.PressAsync("Home");
        await Assertions.Expect(told).ToContainTextAsync("“4” ");
        await keys.PressAsync("Tab");
        Assert.Equal(4, await window.Page.EvaluateAsync<int>("[...document.querySelectorAll('.token')].indexOf(document.activeElement)"));
        await window.Page.Locator(".token").Nth(6).HoverAsync();
        await Assertions.Expect(told).ToContainTextAsync("“👍” ");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_key_changes_what_tokens_are_coloured_by()
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("keys", "reward");
        run.KeepTokens();
        run.Step(1, 2, (_, _) => 1);
        run.Sample(1, "2+2=", "4", 1, 0.5, "[[9,\"4\",-1]]");
        run.Sample(2, "2+2=", "4 \"or\"👍", 1, 0.5, Tokens);
        await using Window window = await browser.OpenAsync();
        await window.Page.GotoAsync(watched.Address + "#samples");
        ILocator way = window.Page.Locator("#way");
        await Assertions.Expect(way).ToHaveValueAsync("logprob");
        await window.Page.Keyboard.PressAsync("k");
        await Assertions.Expect(way).ToHaveValueAsync("advantage");

        // Tokens of a stage that gives them no advantage have no such colours.
        await window.Page.Locator("#earlier").ClickAsync();
        await Assertions.Expect(way).ToHaveValueAsync("");
        await Assertions.Expect(window.Page.Locator("#way option:disabled")).ToHaveTextAsync("advantage");
        await window.Page.Keyboard.PressAsync("k");
        await Assertions.Expect(way).ToHaveValueAsync("logprob");
        await Assertions.Expect(window.Page.Locator(".token")).ToHaveAttributeAsync("title", "“4” · log-prob -1 (36.79 %)");
        await window.Page.Keyboard.PressAsync("k");
        await Assertions.Expect(way).ToHaveValueAsync("");
        Assert.Empty(window.Complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Over_every_colour_text_can_be_read_also_on_400_pixels(ColorScheme scheme)
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("colours", "reward");
        run.KeepTokens();
        run.Step(1, 1, (_, _) => 1);
        string[] texts = [.. Enumerable.Range(0, 60).Select(place => place % 7 == 0 ? "supercalifragilistic" : $" w{place}")];
        run.Sample(1, "2+2=", string.Concat(texts), 1, 0.5, "[" + string.Join(',', texts.Select((text, place) => string.Create(
            CultureInfo.InvariantCulture, $"[{place},\"{text}\",{-place * 0.1},{(place - 30) / 30.0}]"))) + "]");
        await using Window window = await browser.OpenAsync(400, 800, scheme);
        await window.Page.GotoAsync(watched.Address + "#samples");
        foreach (string way in new[] { "logprob", "advantage" })
        {
            await window.Page.Locator("#way").SelectOptionAsync(way);
            await Assertions.Expect(window.Page.Locator(".token.rare")).ToHaveCountAsync(way == "logprob" ? 60 : 0);
            await window.PictureAsync($"tokens-{scheme}-{way}".ToLowerInvariant());
            double[] contrasts = await window.Page.EvaluateAsync<double[]>(Contrasts);
            Assert.Equal(60, contrasts.Length);
            Assert.InRange(contrasts.Min(), 4.5, 21);

            // The colours differ: the strongest takes some of the contrast that none takes.
            Assert.InRange(contrasts.Max() / contrasts.Min(), 1.3, 10);
            Assert.InRange(await window.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 0, 400);
        }

        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Hostile_tokens_are_text_and_many_come_when_they_are_asked_for()
    {
        await using Watched watched = await Watched.StartAsync();
        FakeRun run = watched.NewRun("hostile", "reward");
        run.KeepTokens();
        run.Step(1, 1, (_, _) => 1);
        run.Sample(1, "x", Hostile, 1, 0.5, $"[[1,{System.Text.Json.JsonSerializer.Serialize(Hostile)},-1,1]]");
        run.Sample(1, "y", new string('y', 9000), 1, 0.5, $"[{string.Join(',', Enumerable.Repeat("[1,\"y\",-1,1]", 9000))}]");
        run.Sample(1, "z", "z", 1, 0.5, $"[{string.Join(',', Enumerable.Repeat("[1,\"\",-1,1]", 9000))},[1,\"z\",-1,1]]");
        await using Window window = await browser.OpenAsync();
        await window.Page.GotoAsync(watched.Address + "#samples");
        await Assertions.Expect(window.Page.Locator(".token").First).ToContainTextAsync("<script>window.hacked = true</script><img src=x");
        await Assertions.Expect(window.Page.Locator(".token").First.Locator(".control").First).ToHaveTextAsync("U+202E");
        Assert.DoesNotContain('\u202E', await window.Page.Locator(".token").First.GetAttributeAsync("title") ?? "");
        await Assertions.Expect(window.Page.Locator(".token")).ToHaveCountAsync(1 + 4000 + 4000);
        for (int left = 2; left > 0; left--)
        {
            await Assertions.Expect(window.Page.Locator("#samples .more")).ToHaveCountAsync(left);
            await window.Page.Locator("#samples .more").First.ClickAsync();
        }

        await Assertions.Expect(window.Page.Locator(".token")).ToHaveCountAsync(1 + 9000 + 9001);
        Assert.Equal(0, await window.Page.Locator("main img, main script").CountAsync());
        Assert.False(await window.Page.EvaluateAsync<bool>("window.hacked === true"));
        Assert.Empty(window.Complaints);
    }

    // What the text of each token has over what is painted behind it.
    private const string Contrasts = """
        () => {
          const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          const painted = (...colours) => {
            for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
            const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255)
              .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const card = getComputedStyle(document.querySelector("table")).backgroundColor;
          return [...document.querySelectorAll(".token")].map(token => {
            const look = getComputedStyle(token);
            const [a, b] = [painted(card, look.backgroundColor), painted(look.color)];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          });
        }
        """;

    private static Task<string> SharesAsync(Window window) => window.Page.EvaluateAsync<string>(
        "[...document.querySelectorAll('.token')].map(token => parseFloat(token.style.getPropertyValue('--share'))).join(' ')");
}
