using System.Text.Json;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Training;

namespace RlCore.Fuzz;

/// <summary>The parsers of texts: tokenizers, chat templates, schemas, completions and replies of judges.</summary>
internal static class TextParsers
{
    private const string Answer = "0.75";
    private const string Configuration = "tokenizer_config.json";

    private static readonly IReadOnlyDictionary<string, string> Tokenizer = BytePairFiles.Write(
        [("a"u8.ToArray(), "b"u8.ToArray()), ("ab"u8.ToArray(), "c"u8.ToArray())], ["<|end|>"]);

    private static readonly IReadOnlyList<ChatMessage> Conversation = ChatMessage.ParseList(
        """[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}]""", "messages");

    private static readonly IReward[] Rewards =
    [
        .. RecipeReader.ParseRewards(
            """
            ["exact", "numeric", "expression", "json", "jsonEqual", "format", "repetition", {"type":"length","maxTokens":9},
             {"type":"jsonSchema","schemaColumn":"shape"}, {"type":"regex","pattern":"(a|aa)+$"},
             {"type":"numeric","name":"inner","within":"answer"}, {"type":"json","name":"block","within":"```json"}]
            """,
            "rewards").Select(reward => reward.Create(new RewardContext())),
    ];

    /// <summary>The parsers.</summary>
    public static IReadOnlyList<Parser> All { get; } =
    [
        new("tokenizer", "tokenizer.json", Parsers.Seeds(JsonTexts.Character, Tokenizer[TokenizerFile.FileName]), ReadTokenizer),
        new("tokenizer-config", Configuration, Parsers.Seeds(JsonTexts.Configuration, Tokenizer[Configuration]), input =>
            ReadFiles(input, Configuration)),
        new("generation-config", "generation_config.json", Parsers.Seeds(JsonTexts.Generation), input =>
            ReadFiles(input, "generation_config.json")),
        new("chat-template", "chat_template.jinja", Parsers.Seeds(Templates), input =>
            ChatTemplate.Parse(input.Text, input.File).Render(Conversation)),
        new("messages", "messages.json", Parsers.Seeds(
            """[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"Ho"}]}]"""), input =>
                ChatTemplate.Parse(Templates[0], "t").Render(ChatMessage.ParseList(input.Text, input.File))),
        new("schema", "schema.json", Parsers.Seeds(JsonTexts.Schema, "{\"type\":\"object\"}"), ReadSchema),
        new("rewards", "rewards.json", Parsers.Seeds("""["exact",{"type":"length","maxTokens":9,"weight":-1}]"""), input =>
            RecipeReader.ParseRewards(input.Text, input.File)),
        .. Rewards.Select(reward => new Parser(
            $"completion-{reward.Name}", "completion.txt", Parsers.Seeds(Completions), input => Score(reward, input.Text))),
        .. new RewardSettings[] { new RewardSettings.Numeric(), new RewardSettings.Expression(), new RewardSettings.JsonEqual() }.Select(
            settings => new Parser(
                $"row-{settings.Name}",
                "answer.txt",
                Parsers.Seeds(Answer, @"\left[1, 2\right)", "x^2 + 1 = 0", "50%", "{\"a\":[1,2.50]}"),
                input => CheckAnswer(settings, input.Text))),
        new("judge-reply", "reply.json", Parsers.Seeds(
            """{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"{\"score\": 0.5}"}}],"id":"x"}""",
            """{"choices":[{"message":{"content":[{"type":"text","text":"I see {\"better\": \"A\"}"}]}}]}"""), ReadReply),
        new("judge-text", "reply.txt", Parsers.Seeds(
            "{\"score\": 0.5}", "It is { \"x\": {\"score\": 1} } good. {\"score\": 1}", "0.5"), ReadVerdict),
    ];

    private static string[] Templates =>
    [
        "{% for m in messages %}{{ m.role }}: {{ m['content'] | trim | replace('a', 'b') }}\n{% endfor %}",
        "{%- set ns = namespace(n=0) -%}{% for m in messages if m.role != 'system' %}{% set ns.n = ns.n + 1 %}{{ loop.index ~ m.content }}"
            + "{% else %}x{% endfor %}{% if ns.n is divisibleby(2) and not add_generation_prompt %}"
            + "{{ messages[-1]['content'][:2] }}{% endif %}",
        "{% macro f(x, y=2) %}{{ x * y }}{% endmacro %}{{ f(3) }}{{ [1,2]|join(', ') }}{{ {'a': 1}|tojson }}{{ 'a' if true else 'b' }}",
    ];

    private static string[] Completions =>
    [
        @"The answer is \boxed{\frac{3}{4}}.", "So 1,234.5 apples.\n#### 3/4", "<think>x</think> <answer>0.75</answer>",
        "```json\n{\"a\": [1, 2.5e3, null], \"b\": \"x\"}\n```", @"final answer is $\left[0, \sqrt{2}\right)$. I hope it is correct.",
        "answer: 75% or \\$5 million", @"$x = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$", "2^{10} - 1 = 1023",
        "{\"a\":4,\"d\":[[],[1]]}",
        @"\{x \in \mathbb{R} : x > 2\} \cup (1, 2]", @"\sin^2 x + \log_2 8 = 3!", "1½ × 10^-3 °C",
    ];

    private static void ReadTokenizer(FuzzInput input)
    {
        if (input.Text.Contains("\"model\"", StringComparison.Ordinal))
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(input.File)!, Configuration), Tokenizer[Configuration]);
        }

        ITokenizer tokenizer = TokenizerFile.Read(input.File);
        tokenizer.Decode([0]);
    }

    private static void ReadFiles(FuzzInput input, string name)
    {
        var files = new Dictionary<string, string>(Tokenizer) { [name] = input.Text };
        ITokenizer tokenizer = TokenizerFile.ReadFolder(Folder(input, files), 0);
        tokenizer.EncodePrompt("abc");
        ChatTemplate.FromFiles(files, "folder")?.Render(Conversation);
    }

    private static string Folder(FuzzInput input, Dictionary<string, string> files)
    {
        string folder = Path.GetDirectoryName(input.File)!;
        foreach ((string name, string text) in files.Where(file => Path.Combine(folder, file.Key) != input.File))
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }

        return folder;
    }

    private static void ReadSchema(FuzzInput input)
    {
        if (JsonSchema.TryRead(input.Text, out JsonSchema? schema, out var problems))
        {
            using JsonDocument value = JsonDocument.Parse("""{"a":4,"b":"ab","c":[1,[2,"x"],{}],"x-y":null,"d":[[[]],[]]}""");
            schema!.Accepts(value.RootElement);
        }
        else if (problems.Count == 0)
        {
            throw new InvalidOperationException("Neither a schema nor a problem.");
        }
    }

    private static void Score(IReward reward, string text)
    {
        double score = reward.Score([Sample(text, Answer)], CancellationToken.None)[0];
        if (!(Math.Abs(score) <= 1))
        {
            throw new InvalidOperationException($"{reward.Name} gave {score}.");
        }

        (reward as IAnswerReader)?.TryReadAnswer(text, out _);
    }

    // An answer that the check of a row accepts is one that rewards can use.
    private static void CheckAnswer(RewardSettings settings, string answer)
    {
        bool isGood = true;
        RewardSample sample = Sample("1", answer);
        settings.CheckRow(sample.Question, (_, _, _) => isGood = false);
        if (isGood)
        {
            settings.Create(new RewardContext()).Score([sample, Sample(answer, answer)], CancellationToken.None);
        }
    }

    private static void ReadReply(FuzzInput input) => ReadVerdict(ChatProtocol.Read(input.Bytes));

    private static void ReadVerdict(FuzzInput input) => ReadVerdict(input.Text);

    private static void ReadVerdict(string reply)
    {
        foreach (bool isNamed in (bool[])[true, false])
        {
            if (new ReplyField("score", isNamed).TryReadScore(reply, out double score) && !(score is >= 0 and <= 1))
            {
                throw new InvalidOperationException($"A score of {score}.");
            }

            new ReplyField("better", isNamed).TryReadVerdict(reply, out _);
        }
    }

    private static RewardSample Sample(string completion, string answer) => new(
        new Question("?", answer, "fuzz.csv", 2) { Fields = new Dictionary<string, string> { ["shape"] = JsonTexts.Schema } },
        completion,
        true,
        new TokenSequence([0, 1, 2], 1));
}
