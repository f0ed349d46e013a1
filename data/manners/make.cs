#:project ../../src/Algebra/Algebra.csproj
#:property PublishAot=false

using System.Globalization;
using System.Runtime.CompilerServices;
using RlCore.Algebra;

// Makes the CSV files beside this file: dotnet run data/manners/make.cs
// The same files on every machine: every choice is a pure function of the seed.

const ulong Seed = 22;
const int HeldOut = 120;

string[] names =
[
    "Ada", "Alan", "Amy", "Ben", "Bob", "Cleo", "Dan", "Dora", "Ed", "Ella", "Emil", "Eva", "Finn", "Gil", "Hal", "Hugo", "Ian", "Ida",
    "Ivo", "Jan", "Jill", "Jo", "Kai", "Kim", "Lea", "Leo", "Liv", "Lou", "Max", "Mia", "Ned", "Nina", "Nora", "Otto", "Pam", "Pia",
    "Ray", "Rita", "Rob", "Rosa", "Sam", "Sue", "Tess", "Tim", "Tom", "Una", "Uwe", "Val", "Vera", "Will", "Yan", "Yara", "Zed", "Zoe",
];
(string Verb, string Request)[] acts =
[
    ("come", "come in"), ("wait", "wait here"), ("sign", "sign this"), ("call", "call me back"), ("read", "read it again"),
    ("sit", "sit down"), ("stay", "stay with us"), ("look", "look at this"), ("help", "help me"), ("go", "go ahead"),
];
int[] neither = [0, 1];
string[] fillers = ["", "well, ", "so, look, "];

(string Name, string Verb, string Request)[] asked = [.. from name in names from act in acts select (name, act.Verb, act.Request)];
int[] order = Philox.Permutation(Seed, RandomPurpose.Shuffle, 0, asked.Length);
Question[] questions = [.. order.Select(
    place => new Question($"ask {asked[place].Name} to {asked[place].Verb}:", Replies(asked[place].Name, asked[place].Request)))];
Question[] eval = questions[..HeldOut];
Question[] train = questions[HeldOut..];

Write("eval.csv", "prompt,answer", eval.Select(question => Cells(question.Prompt, question.Best)));
Write("prompts.csv", "prompt,answer", train.Select(question => Cells(question.Prompt, question.Best)));
Write(
    "sft.csv",
    "prompt,completion",
    train.SelectMany((question, row) => Draw(question, 1, row, 1).Select(reply => Cells(question.Prompt, reply.Text))));
Write("preferences.csv", "prompt,chosen,rejected,margin", train.SelectMany((question, row) => Pairs(question, 2, row, 3)));
Write("preferences-eval.csv", "prompt,chosen,rejected,margin", eval.SelectMany((question, row) => Pairs(question, 3, row, 2)));
Write(
    "scored.csv",
    "prompt,completion,reward",
    train.SelectMany((question, row) => Draw(question, 4, row, 3).Select(reply => Cells(question.Prompt, reply.Text, Print(reply.Score)))));
Write(
    "rankings.csv",
    "prompt,completion_1,completion_2,completion_3,completion_4",
    train.Select((question, row) => Ranked(question, 5, row)));
Write(
    "unpaired.csv",
    "prompt,completion,label",
    train.SelectMany(
        (question, row) =>
            Draw(question, 6, row, 2).Select(reply => Cells(question.Prompt, reply.Text, reply.Score >= 0 ? "good" : "bad"))));

// Twelve ways to ask. A "please" is worth 1; a "now" costs 1, and each word of padding a half.
Reply[] Replies(string name, string request) =>
[
    .. from filler in Enumerable.Range(0, fillers.Length)
       from curt in neither
       from now in neither
       let text = $"{fillers[filler]}{(curt > 0 ? "" : "please ")}{request}{(now > 0 ? $" now, {name}!" : $", {name}.")}"
       select new Reply(text, 1 - curt - now - (0.5 * filler)),
];

// Different replies of a question, in a random order.
IEnumerable<Reply> Draw(Question question, uint stream, int row, int count) =>
    Philox.Permutation(Seed, RandomPurpose.Control, (stream << 16) + (uint)row, question.Replies.Length)
        .Take(count)
        .Select(place => question.Replies[place]);

IEnumerable<string> Pairs(Question question, uint stream, int row, int count)
{
    Reply[] drawn = [.. Draw(question, stream, row, question.Replies.Length)];
    return drawn.Zip(drawn.Skip(1))
        .Where(pair => pair.First.Score != pair.Second.Score)
        .Take(count)
        .Select(pair => pair.First.Score > pair.Second.Score ? pair : (First: pair.Second, Second: pair.First))
        .Select(pair => Cells(question.Prompt, pair.First.Text, pair.Second.Text, Print(pair.First.Score - pair.Second.Score)));
}

// Four replies of four scores, the best first.
string Ranked(Question question, uint stream, int row) => Cells(
    [
        question.Prompt,
        .. Draw(question, stream, row, question.Replies.Length).DistinctBy(reply => reply.Score)
            .Take(4)
            .OrderByDescending(reply => reply.Score)
            .Select(reply => reply.Text),
    ]);

string Print(double value) => value.ToString(CultureInfo.InvariantCulture);

string Cells(params string[] cells) =>
    string.Join(',', cells.Select(cell => cell.Contains(',', StringComparison.Ordinal) ? $"\"{cell}\"" : cell)) + "\n";

void Write(string file, string columns, IEnumerable<string> rows) =>
    File.WriteAllText(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? "", file), $"{columns}\n" + string.Concat(rows));

static string ThisFile([CallerFilePath] string path = "") => path;

internal sealed record Reply(string Text, double Score);

internal sealed record Question(string Prompt, Reply[] Replies)
{
    public string Best => Replies[0].Text;
}
