namespace RlCore.Facade.Tests;

/// <summary>The packages work from a folder: the samples are built against them and run.</summary>
public sealed class PackageLaws(PackageFeed feed) : IClassFixture<PackageFeed>
{
    private const long LargestTool = 24 << 20;

    private static readonly string[] Formulas = ["CSharp", "FSharp"];

    private static readonly string[] Programs =
        ["CSharp/Program.cs", "FSharp/Program.fs", "Host/Program.cs", "Model/Program.cs", "Chat/Program.cs"];

    [Theory]
    [InlineData("RlCore")]
    [InlineData("RlCore.Algebra")]
    [InlineData("RlCore.FSharp")]
    [InlineData("RlCore.Engines")]
    [InlineData("RlCore.Engines.Managed")]
    [InlineData("RlCore.Trainers")]
    [InlineData("RlCore.Chat")]
    public void A_library_has_its_documentation_readme_licence_and_symbols(string id)
    {
        string[] entries = feed.Entries(id);
        Assert.All(["README.md", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"], file => Assert.Contains(file, entries));
        string specification = feed.Specification(id).ToString();
        Assert.Contains(">MIT</license>", specification, StringComparison.Ordinal);
        Assert.Contains(">README.md</readme>", specification, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.ChangeExtension(feed.FileOf(id), ".snupkg")), $"{id} has no symbols.");
    }

    [Fact]
    public void The_formulas_bring_nothing_but_the_tensor_primitives() =>
        Assert.Equal(["RlCore.Algebra", "System.Numerics.Tensors"], Closure("RlCore"));

    [Fact]
    public void An_engine_brings_nothing_but_its_contract_and_the_formulas() =>
        Assert.Equal(["RlCore.Algebra", "RlCore.Engines", "System.Numerics.Tensors"], Closure("RlCore.Engines.Managed"));

    [Fact]
    public void Proofs_and_tests_are_not_packed() => Assert.DoesNotContain(
        Directory.GetFiles(feed.Packages).Select(Path.GetFileName),
        file => file!.Contains("Studies", StringComparison.Ordinal) || file.Contains("Tests", StringComparison.Ordinal));

    [Fact]
    public void The_samples_compute_a_DPO_loss_with_its_gradient_from_the_packages()
    {
        string[] outputs = [.. Formulas.Select(sample => feed.BuildAndRun(sample))];
        Assert.All(outputs, output => Assert.Contains("loss 0.666403, gradient [-0.0", output, StringComparison.Ordinal));
        Assert.Equal(outputs[0], outputs[1]);
    }

    [Fact]
    public void A_host_of_ones_own_trains_what_its_appsettings_name_and_a_program_completes_with_the_model()
    {
        string output = feed.BuildAndRun("Host");
        Assert.Contains("sft, 20 steps", output, StringComparison.Ordinal);
        string run = Path.Combine(feed.Samples, "Host", "out", "runs", "sums");
        Assert.True(File.Exists(Path.Combine(run, "checkpoints", "step-20", "model.safetensors")), output);
        Assert.Equal(1 + 20, File.ReadAllLines(Path.Combine(run, "metrics.csv")).Length);
        string[] completed = feed.BuildAndRun("Model", run, "1+2=", "3+4=", "1+2=").Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal(["1+2=", "3+4=", "1+2="], completed.Select(line => line[..4]));
        Assert.Equal(completed[0], completed[2]);

        // The model's own folder with a chat template, as a client of conversations in a host.
        string model = Path.Combine(run, "model");
        File.WriteAllText(Path.Combine(model, "chat_template.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}");
        Assert.Matches("^[0-9+=]*$", feed.BuildAndRun("Chat", model, "1+2="));
    }

    [Fact]
    public void A_file_with_a_reward_of_ones_own_trains_by_it_and_shows_it_in_its_help()
    {
        string folder = FileBased("OwnReward");
        string help = Dotnet.Run(folder, "run", "own-reward.cs", "--", "--help");
        Assert.Contains("The reward brevity: 1 for a short completion, else 0.", help, StringComparison.Ordinal);
        Assert.Contains("maxCharacters, a whole number of at least 1 [default: 20]", help, StringComparison.Ordinal);
        Assert.Contains("The factor of the reward's score in the total.", help, StringComparison.Ordinal);
        Dotnet.Run(folder, "run", "own-reward.cs", "--", "short-sums.json", "--set", "stages.grpo.steps=3", "--output", "run");
        string[] metrics = File.ReadAllLines(Path.Combine(folder, "run", "metrics.csv"));
        Assert.Contains("rewards/brevity/mean", metrics[0], StringComparison.Ordinal);
        Assert.Equal(1 + 3, metrics.Length);
        (int code, _, string error) = Dotnet.TryExecute(
            "dotnet",
            folder,
            "run",
            "own-reward.cs",
            "--",
            "short-sums.json",
            "--set",
            "stages.grpo.rewards={\"type\": \"brevity\", \"maxCharacters\": 0}");
        Assert.Equal(2, code);
        Assert.Contains("found 0; expected a whole number of at least 1", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_a_tokenizer_a_stage_an_algorithm_a_verifier_and_an_observer_of_ones_own_trains_with_them()
    {
        string folder = FileBased("OwnParts");
        string help = Dotnet.Run(folder, "run", "own-parts.cs", "--", "--help");
        Assert.Contains("The stage brief: Fine-tuning on the short demonstrations of a dataset alone.", help, StringComparison.Ordinal);
        Assert.Contains("mostTokens, a whole number of at least 1 [default: 8]", help, StringComparison.Ordinal);
        Assert.Contains("The tokenizer words: Words between spaces.", help, StringComparison.Ordinal);
        Assert.Contains("known [default: ]", help, StringComparison.Ordinal);
        string output = Dotnet.Run(folder, "run", "own-parts.cs", "--", "animals.json", "--output", "run");
        Assert.Contains("% right!", output, StringComparison.Ordinal);
        string[] metrics = File.ReadAllLines(Path.Combine(folder, "run", "metrics.csv"));
        Assert.Contains("rewards/sameword/mean", metrics[0], StringComparison.Ordinal);
        Assert.Equal(1 + 60 + 10, metrics.Length);
        (int code, _, string error) = Dotnet.TryExecute(
            "dotnet", folder, "run", "own-parts.cs", "--", "animals.json", "--set", "stages.brief.mostTokens=0");
        Assert.Equal(2, code);
        Assert.Contains("stages[0].mostTokens: found \"0\"; expected a whole number of at least 1", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tool_installs_and_brings_its_datasets_and_help()
    {
        Assert.InRange(new FileInfo(feed.FileOf("RlCore.Tool")).Length, 1, LargestTool);
        string tools = Path.Combine(feed.Root, "tools");
        Dotnet.Run(feed.Samples, "tool", "install", "RlCore.Tool", "--tool-path", tools, "--add-source", feed.Packages);
        string rlcore = Path.Combine(tools, OperatingSystem.IsWindows() ? "rlcore.exe" : "rlcore");
        string elsewhere = Directory.CreateDirectory(Path.Combine(feed.Root, "elsewhere")).FullName;
        Assert.Contains(
            "500 valid rows", Dotnet.Execute(rlcore, elsewhere, "data", "check", "data/arithmetic/eval.csv"), StringComparison.Ordinal);
        Assert.Contains(
            "Optimizer steps (supervised)", Dotnet.Execute(rlcore, elsewhere, "train", "sft", "--help"), StringComparison.Ordinal);
        Assert.Contains("See rlcore --help.", Dotnet.TryExecute(rlcore, elsewhere, "trian").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_samples_are_under_ten_lines() => Assert.All(
        Programs,
        file => Assert.InRange(File.ReadAllLines(Path.Combine(Repository.Root, "samples", file)).Length, 1, 9));

    [Fact]
    public void The_readme_shows_the_samples()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.All(
            Programs,
            file => Assert.Contains(File.ReadAllText(Path.Combine(Repository.Root, "samples", file)), readme, StringComparison.Ordinal));
    }

    private string[] Closure(string id)
    {
        var known = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([id]);
        while (open.TryDequeue(out string? next))
        {
            foreach (string dependency in feed.Dependencies(next)
                .Where(known.Add)
                .Where(name => name.StartsWith("RlCore", StringComparison.Ordinal)))
            {
                open.Enqueue(dependency);
            }
        }

        return [.. known];
    }

    // A file-based program has no project to pass properties to: they stand in its folder.
    private string FileBased(string sample)
    {
        string folder = Path.Combine(feed.Samples, sample);
        IEnumerable<string> properties = feed.RestoreProperties.Select(property => property.Split('=', 2))
            .Select(pair => $"<{pair[0]}>{pair[1]}</{pair[0]}>");
        File.WriteAllText(
            Path.Combine(folder, "Directory.Build.props"),
            $"<Project><PropertyGroup>{string.Concat(properties)}</PropertyGroup></Project>");
        return folder;
    }
}
