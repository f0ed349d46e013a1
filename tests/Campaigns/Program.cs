using System.Globalization;
using RlCore.Campaigns;

const string Help = """
    Long trials of the worker, on tiny recipes. Linux only.

      kills [--count 100]    kill runs of SFT, GRPO, PPO, DPO, rejection rounds, searches and a judge at random moments, resume each
                             until it ends, and compare it with a run that was never killed
      soak [--steps 20000]   watch long runs of GRPO with programs as reward, DPO and PPO: memory, handles, threads, processes
                             and temporary files must not grow

      --only NAME            one of them: sft, grpo, ppo, dpo, reject, search, judge; grpo-program, dpo, ppo
      --seed N               other moments (0)
      --scratch FOLDER       where runs lie; without it, a temporary folder, which is deleted
    """;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [] or ["--help"])
{
    Console.WriteLine(Help);
    return 0;
}

string scratch = Value("--scratch") ?? Directory.CreateTempSubdirectory("rlcore-campaign-").FullName;
try
{
    if (args[0] == "kills")
    {
        var campaign = new KillCampaign(scratch, Number("--seed", 0));
        Scenario[] scenarios = Chosen(Scenario.Killed);
        int each = (Number("--count", 100) + scenarios.Length - 1) / scenarios.Length;
        foreach (Scenario scenario in scenarios)
        {
            Console.WriteLine(await campaign.RunAsync(scenario, each));
        }
    }
    else if (args[0] == "soak")
    {
        var soak = new Soak(scratch);
        foreach (Scenario scenario in Chosen(Scenario.Watched))
        {
            await soak.RunAsync(scenario, Number("--steps", 20_000), Console.WriteLine);
        }
    }
    else
    {
        throw new CampaignException($"found {args[0]}; expected kills or soak\n\n{Help}");
    }

    if (Value("--scratch") is null)
    {
        Directory.Delete(scratch, recursive: true);
    }

    return 0;
}
catch (CampaignException problem)
{
    Console.Error.WriteLine($"error: {problem.Message}\n(the runs lie in {scratch})");
    return 1;
}

string? Value(string option) => Array.IndexOf(args, option) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;

int Number(string option, int absent) => Value(option) is not { } text ? absent
    : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
    : throw new CampaignException($"{option}: found {text}; expected a whole number");

Scenario[] Chosen(IReadOnlyList<Scenario> all) => Value("--only") is not { } name ? [.. all]
    : all.Where(scenario => scenario.Name == name).ToArray() is { Length: > 0 } found ? found
    : throw new CampaignException($"--only: found {name}; expected one of {string.Join(", ", all.Select(scenario => scenario.Name))}");
