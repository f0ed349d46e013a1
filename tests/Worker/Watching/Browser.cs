using Microsoft.Playwright;
using RlCore.Worker.Hosting;
using RlCore.Worker.Watching;

namespace RlCore.Worker.Tests.Watching;

/// <summary>
/// A browser of the system: Chromium, or the one that RLCORE_TEST_BROWSER names. Where there is none, what needs one is skipped. Pictures
/// of pages are attached to the results of the tests, and kept in the folder <c>pictures</c> beside them.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];

    // Milliseconds; a machine that runs other tests beside this one may be slow.
    internal const int Patience = 20_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private static string Executable =>
        new[] { Environment.GetEnvironmentVariable("RLCORE_TEST_BROWSER") ?? "" }.Concat(Places).FirstOrDefault(File.Exists, "");

    public async ValueTask InitializeAsync()
    {
        if (Executable.Length > 0)
        {
            Assertions.SetDefaultExpectTimeout(Patience);
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Executable,
                Args = ["--no-sandbox", "--disable-gpu"],
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens a window, and notes what its pages complain of.</summary>
    internal async Task<Window> OpenAsync(int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, bool hasTouch = false)
    {
        Assert.SkipWhen(_browser is null, "No browser: install chromium, or name one in RLCORE_TEST_BROWSER.");
        IBrowserContext context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
            HasTouch = hasTouch,
        });
        return new Window(context, await context.NewPageAsync());
    }
}

/// <summary>A page in a window.</summary>
internal sealed class Window : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    public Window(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.SetDefaultTimeout(Browser.Patience);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => Complaints.Add(error);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, such as violations of the content policy.</summary>
    public List<string> Complaints { get; } = [];

    public List<string> Requests { get; } = [];

    public ILocator Card(string metric) => Page.Locator("article.card").Filter(new LocatorFilterOptions
    {
        Has = Page.Locator("h3").GetByText(metric, new LocatorGetByTextOptions { Exact = true }),
    });

    public async Task<int> PointsAsync(string metric) =>
        int.Parse(await Card(metric).GetAttributeAsync("data-points") ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    public async Task HasPointsAsync(string metric, int count) =>
        await Assertions.Expect(Card(metric)).ToHaveAttributeAsync("data-points", $"{count}");

    public async Task HasPointsBetweenAsync(string metric, int least, int most)
    {
        for (int tries = 0; await PointsAsync(metric) is var points && (points < least || points > most); tries++)
        {
            Assert.True(tries < 100, $"{metric} has {points} points.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    public async Task PictureAsync(string name, bool isWhole = false)
    {
        string folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "pictures")).FullName;
        byte[] picture = await Page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = Path.Combine(folder, $"{name}.png"),
            FullPage = isWhole,
        });
        TestContext.Current.AddAttachment($"{name}.png", picture, "image/png");
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}

/// <summary>A folder of runs, and the server that shows it.</summary>
internal sealed class Watched : IAsyncDisposable
{
    private readonly LocalServer _server;

    private Watched(string folder, LocalServer server) => (Folder, _server) = (folder, server);

    public string Folder { get; }

    public string Address => _server.Address.ToString();

    public static async Task<Watched> StartAsync()
    {
        string folder = Directory.CreateTempSubdirectory("rlcore-watch-").FullName;
        return new Watched(folder, await WatchServer.StartAsync(new RunCatalogue([folder]), System.Net.IPAddress.Loopback, 0));
    }

    public FakeRun NewRun(string name, params string[] metrics) => new(Path.Combine(Folder, name), metrics);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
