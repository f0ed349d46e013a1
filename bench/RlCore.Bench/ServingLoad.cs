using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace RlCore.Bench;

/// <summary>
/// Asks a server of OpenAI's API for completions from many clients at once, and prints tokens per second and times to the first token; or,
/// with clients that leave in the middle, what the server's process holds.
/// </summary>
internal sealed class ServingLoad
{
    private const string Usage =
        "serving URL [--clients 64] [--seconds 30] [--tokens 128] [--prompt-words 24] [--model NAME] [--leave SHARE] [--process ID]";

    private readonly Uri _address;
    private readonly int _clients;
    private readonly int _tokens;
    private readonly int _words;
    private readonly TimeSpan _time;
    private readonly double _leave;
    private readonly int _process;
    private readonly string? _model;
    private readonly List<double> _first = [];
    private readonly List<double> _whole = [];
    private long _drawn;
    private int _left;
    private int _failed;

    private ServingLoad(string[] args)
    {
        _address = new Uri(args[0].TrimEnd('/') + "/completions");
        _clients = (int)Number(args, "--clients", 64);
        _time = TimeSpan.FromSeconds(Number(args, "--seconds", 30));
        _tokens = (int)Number(args, "--tokens", 128);
        _words = (int)Number(args, "--prompt-words", 24);
        _leave = Number(args, "--leave", 0);
        _process = (int)Number(args, "--process", 0);
        _model = Value(args, "--model");
    }

    /// <summary>Runs the load.</summary>
    /// <param name="args">The address and options.</param>
    public static void Print(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine(Usage);
            return;
        }

        new ServingLoad(args).RunAsync().GetAwaiter().GetResult();
    }

    private async Task RunAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = _clients })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        await AskAsync(client, new Random(0), measures: false);
        var clock = Stopwatch.StartNew();
        Task watching = _process > 0 ? WatchAsync(clock) : Task.CompletedTask;
        await Task.WhenAll(Enumerable.Range(1, _clients).Select(async number =>
        {
            var random = new Random(number);
            while (clock.Elapsed < _time)
            {
                await AskAsync(client, random, measures: true);
            }
        }));
        double seconds = clock.Elapsed.TotalSeconds;
        await watching;
        _first.Sort();
        _whole.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_clients} clients, {_tokens} tokens: {_drawn / seconds:F0} tokens/s; first token p50 {At(_first, 0.5):F0} ms, p99 "
                + $"{At(_first, 0.99):F0} ms; whole p50 {At(_whole, 0.5):F0} ms, p99 {At(_whole, 0.99):F0} ms; {_whole.Count} requests, "
                + $"{_left} left in the middle, {_failed} failed, {seconds:F0} s; load average {File.ReadAllText("/proc/loadavg")[..14]}"));
    }

    // What the process holds, ten times.
    private async Task WatchAsync(Stopwatch clock)
    {
        for (int i = 1; i <= 10; i++)
        {
            TimeSpan wait = (_time * i / 10) - clock.Elapsed;
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            using var process = Process.GetProcessById(_process);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{clock.Elapsed.TotalSeconds,6:F0} s: {process.WorkingSet64 / 1e6:F1} MB resident, "
                    + $"{Directory.GetFiles($"/proc/{_process}/fd").Length} handles, {process.Threads.Count} threads"));
        }
    }

    private async Task AskAsync(HttpClient client, Random random, bool measures)
    {
        string prompt = string.Join(' ', Enumerable.Range(0, _words).Select(_ => random.Next(100)));
        int leaveAt = random.NextDouble() < _leave ? random.Next(_tokens) : int.MaxValue;
        var body = new Dictionary<string, object?>
        {
            ["prompt"] = prompt, ["max_tokens"] = _tokens, ["temperature"] = 0.8, ["seed"] = random.Next(), ["stream"] = true,
            ["stream_options"] = new { include_usage = true },
        };
        if (_model is not null)
        {
            body["model"] = _model;
        }

        using var content = JsonContent.Create(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = content };
        long began = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode)
        {
            Interlocked.Increment(ref _failed);
            await Task.Delay(100);
            return;
        }

        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        int pieces = 0;
        long tokens = 0;
        double first = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal))
            {
                continue;
            }

            first = pieces++ == 0 ? Stopwatch.GetElapsedTime(began).TotalMilliseconds : first;
            tokens += TokensOf(line);

            if (pieces > leaveAt)
            {
                Interlocked.Increment(ref _left);
                return;
            }
        }

        if (measures)
        {
            lock (_first)
            {
                _drawn += tokens;
                _first.Add(first);
                _whole.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }
    }

    // The last piece counts them; pieces without text are not sent.
    private static long TokensOf(string line)
    {
        using JsonDocument piece = JsonDocument.Parse(line["data: ".Length..]);
        return piece.RootElement.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object
            ? usage.GetProperty("completion_tokens").GetInt64()
            : 0;
    }

    private static double At(List<double> sorted, double share) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Min((int)(share * sorted.Count), sorted.Count - 1)];

    private static string? Value(string[] args, string option) =>
        Array.IndexOf(args, option) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

    private static double Number(string[] args, string option, double absent) =>
        Value(args, option) is { } typed ? double.Parse(typed, CultureInfo.InvariantCulture) : absent;
}
