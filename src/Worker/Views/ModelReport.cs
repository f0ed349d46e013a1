using System.Globalization;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Export;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Worker.Views;

/// <summary>What a model consists of, as lines of at most 80 columns.</summary>
internal static class ModelReport
{
    private const double Mebi = 1L << 20;
    private const int Sequence = 512;
    private const int Sequences = 4;
    private const int ShownItems = 4;
    private static readonly IReadOnlySet<int> NoTokens = new HashSet<int>();

    private static readonly ChatMessage[] Example = [new("user", "What is 2 + 3?"), new(ChatTemplate.Assistant, "2 + 3 = 5.")];

    /// <summary>Writes the report on a model.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="folder">The model.</param>
    public static void Write(TextWriter output, ModelFolder folder)
    {
        output.WriteLine(folder.Folder);
        WriteShape(output, folder);
        WriteTokenizer(output, folder.Tokenizer);
        WriteMemory(output, folder);
        output.WriteLine();
        output.WriteLine("tensors, as the decoder names them");
        WriteTensors(output, folder.Adapter?.Tensors ?? folder.Parameters);
    }

    /// <summary>Writes a line for each tensor.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="tensors">Tensors by name.</param>
    public static void WriteTensors(TextWriter output, IReadOnlyDictionary<string, TensorData> tensors)
    {
        foreach (var (name, tensor) in tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"  {name,-50} {tensor}");
        }
    }

    /// <summary>Writes what a GGUF file holds: a line for each key of its metadata and for each tensor.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="content">What the file holds.</param>
    public static void WriteGguf(TextWriter output, GgufContent content)
    {
        output.WriteLine("metadata");
        foreach (var (key, value) in content.Metadata)
        {
            output.WriteLine($"  {key,-42} {(value is Array list ? DescribeList(list) : DescribeValue(value))}");
        }

        output.WriteLine();
        string parameters = Wording.Count(content.Tensors.Sum(tensor => tensor.Count), "parameter");
        output.WriteLine($"{Wording.Count(content.Tensors.Count, "tensor")} of {parameters}");
        foreach (GgufEntry tensor in content.Tensors)
        {
            output.WriteLine($"  {tensor.Name,-32} {tensor,-28} {Wording.Count(tensor.Bytes, "byte")}");
        }
    }

    private static string DescribeList(Array list)
    {
        IEnumerable<string> first = list.Cast<object>().Take(ShownItems).Select(DescribeValue);
        return $"{Wording.Count(list.LongLength, "item")}: {string.Join(", ", first)}{(list.Length > ShownItems ? ", …" : "")}";
    }

    private static string DescribeValue(object value) => value switch
    {
        string text => Characters.Quote(text),
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static void WriteShape(TextWriter output, ModelFolder folder)
    {
        ModelSettings shape = folder.Model;
        string architecture = folder.Pretrained is { } pretrained
            ? $"{pretrained.Config.Architecture.ModelType} ({pretrained.Config.Architecture.ClassName})"
            : "this program's own";
        Line(output, "architecture", architecture);
        Line(
            output,
            "",
            Invariant(
                $"{Wording.Count(shape.Layers, "layer")}, width {shape.Width}, MLP {shape.ResolvedMlpWidth}, context {shape.Context}"));
        string shared = Wording.Count(shape.HeadLayout.KeyValueHeads, "key and value head");
        Line(output, "", Invariant($"{Wording.Count(shape.Heads, "head")} of {shape.HeadLayout.Size} over {shared}"));
        if (folder.Pretrained?.Config.SlidingWindow is > 0 and int window)
        {
            Line(output, "", $"a sliding window of {Wording.Count(window, "token")}, which limits the context");
        }

        if (folder.Adapter is { } adapter)
        {
            Line(output, "adapters", Invariant($"LoRA of rank {adapter.Plan.Settings.Rank}, scale {adapter.Plan.Settings.Scale:0.###}"));
            string numbers = Wording.Count(adapter.Tensors.Values.Sum(tensor => tensor.Count), "number");
            Line(output, "", $"{Wording.Count(adapter.Plan.Layers.Count, "layer")}; {numbers}");
            Line(output, "", $"of {adapter.Base}");
        }

        string types = string.Join(", ", folder.Parameters.Values.Select(tensor => tensor.Type.NameOf()).Distinct().Order());
        Line(output, "parameters", Invariant($"{folder.Parameters.Values.Sum(tensor => tensor.Count):#,0} ({types})"));
    }

    private static void WriteTokenizer(TextWriter output, ITokenizer tokenizer)
    {
        Line(output, "tokenizer", tokenizer.Describe());
        if (tokenizer is PretrainedTokenizer pretrained)
        {
            string Names(IReadOnlyList<int> ids) => ids.Count == 0
                ? "nothing"
                : string.Join(", ", ids.Select(id => Invariant($"{pretrained.Decode([id], NoTokens)} ({id})")));
            Line(output, "begins with", Names(tokenizer.Beginning));
            Line(output, "ends with", Names(tokenizer.Ends));
        }

        if (tokenizer.Chat is not { } template)
        {
            Line(output, "chat template", "none: prompts are used as they are");
            return;
        }

        Line(output, "chat template", Invariant($"{Wording.Count(template.Source.Length, "character")} of {template.Name}; for example:"));
        foreach (string line in RenderExample(template).Split('\n'))
        {
            output.WriteLine($"  | {line}");
        }
    }

    private static string RenderExample(ChatTemplate template)
    {
        try
        {
            return template.Render(Example);
        }
        catch (ChatTemplateException failure)
        {
            return failure.Message;
        }
    }

    private static void WriteMemory(TextWriter output, ModelFolder folder)
    {
        output.WriteLine();
        string length = Wording.Count(Math.Min(Sequence, folder.Model.Context), "token");
        output.WriteLine(Invariant($"memory of training in MiB, {Sequences} sequences of {length} per pass, F32"));
        output.WriteLine("                        weights  gradients   AdamW  others  activations   total");
        var scenario = new MemoryScenario { MicroBatchSize = Sequences, SequenceLength = Math.Min(Sequence, folder.Model.Context) };
        MemoryScenario drawing = scenario with { RolloutBatch = 4 * Sequences };
        Row("SFT, DPO", scenario);
        Row("GRPO with KL", drawing with { Reference = true });
        Row("PPO", drawing with { Reference = true, ValueModel = true });
        if (folder.Pretrained is { Config.Architecture: { } architecture } identity)
        {
            AdapterPlan plan = folder.Adapter?.Plan
                ?? AdapterPlan.Create(new LoraSettings(), architecture, folder.Model, folder.Tokenizer.VocabularySize);
            var adapted = new AdaptedMemory(plan, identity.Type == NumberType.BF16 ? WeightType.BF16 : WeightType.F32);
            string rank = Invariant($"LoRA {plan.Settings.Rank}");
            Row($"SFT, DPO, {rank}", scenario with { Adapters = adapted });
            Row($"GRPO with KL, {rank}", drawing with { Reference = true, Adapters = adapted });
            Row($"PPO, {rank}", drawing with { Reference = true, ValueModel = true, Adapters = adapted });
        }

        void Row(string name, MemoryScenario how)
        {
            MemoryEstimate bytes = MemoryEstimate.Of(folder.Model, folder.Tokenizer.VocabularySize, how);
            long activations = Math.Max(bytes.Activations, bytes.KeyValueCache);
            output.WriteLine(Invariant(
                $"  {name,-21} {bytes.Parameters / Mebi,7:0}  {bytes.Gradients / Mebi,9:0}  {bytes.Optimizer / Mebi,6:0}  {
                    bytes.OtherModels / Mebi,6:0}  {activations / Mebi,11:0}  {bytes.Total / Mebi,6:0}"));
        }
    }

    private static void Line(TextWriter output, string name, string text) => output.WriteLine($"{name,-14} {text}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
