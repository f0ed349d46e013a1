using System.Globalization;
using Microsoft.Extensions.Configuration;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Engines;

namespace RlCore.Worker.Hosting;

/// <summary>Configuration as <see cref="WorkerOptions"/>, with the checks that options on the command line have.</summary>
internal static class OptionsReader
{
    private const int MostThreads = 4096;

    /// <summary>Reads and checks the options.</summary>
    /// <exception cref="InputException">With every option that is out of its range.</exception>
    public static WorkerOptions Read(IConfiguration configuration, string environmentPrefix)
    {
        var problems = new List<InputProblem>();
        string Text(string name, string fallback) => configuration[name] is { Length: > 0 } text ? text : fallback;
        T Parse<T>(string name, T fallback, Func<T, bool> accepts, string expected)
            where T : IParsable<T>
        {
            string text = Text(name, "");
            if (text.Length == 0)
            {
                return fallback;
            }

            if (T.TryParse(text, CultureInfo.InvariantCulture, out T? value) && accepts(value))
            {
                return value;
            }

            problems.Add(new InputProblem($"--{name.ToLowerInvariant()} (or {environmentPrefix}{name.ToUpperInvariant()})", 0, "", Characters.Quote(text), expected));
            return fallback;
        }

        EngineKind ReadKind()
        {
            string text = Text(nameof(WorkerOptions.Engine), nameof(EngineKind.Auto));
            if (Enum.TryParse(text, ignoreCase: true, out EngineKind kind) && Enum.IsDefined(kind) && !char.IsAsciiDigit(text[0]))
            {
                return kind;
            }

            problems.Add(new InputProblem($"--engine (or {environmentPrefix}ENGINE)", 0, "", Characters.Quote(text), "auto, managed or torch"));
            return EngineKind.Auto;
        }

        var defaults = new WorkerOptions();
        var options = new WorkerOptions
        {
            Recipe = Text(nameof(WorkerOptions.Recipe), defaults.Recipe),
            Runs = Text(nameof(WorkerOptions.Runs), defaults.Runs),
            Engine = new EngineSettings
            {
                Engine = ReadKind(),
                Threads = Parse(nameof(EngineSettings.Threads), 0, threads => threads is >= 0 and <= MostThreads, $"a whole number from 0 to {MostThreads}"),
                Device = Text(nameof(EngineSettings.Device), ""),
                BFloat16 = Parse("Bf16", false, _ => true, "true or false"),
                Tf32 = Parse(nameof(EngineSettings.Tf32), false, _ => true, "true or false"),
                GradientCheckpointing = Parse(nameof(EngineSettings.GradientCheckpointing), false, _ => true, "true or false"),
                LibTorch = Text(nameof(EngineSettings.LibTorch), ""),
            },
            Seed = Text(nameof(WorkerOptions.Seed), "").Length > 0 ? Parse<ulong>(nameof(WorkerOptions.Seed), 0, _ => true, $"a whole number from 0 to {ulong.MaxValue}") : null,
            Quiet = Parse(nameof(WorkerOptions.Quiet), defaults.Quiet, _ => true, "true or false"),
        };
        return problems.Count == 0 ? options : throw new InputException(problems);
    }
}
