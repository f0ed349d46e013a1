using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Stages;

/// <summary>Which models the stages of a run train and learn from.</summary>
internal static class StageModels
{
    /// <summary>Shape of the model that each stage trains: the run's, until a stage starts a new student.</summary>
    /// <param name="stages">The stages of the run.</param>
    /// <param name="start">Shape of the model at the start of the run.</param>
    public static IEnumerable<ModelSettings> Along(IReadOnlyList<StageSettings> stages, ModelSettings start)
    {
        ModelSettings model = start;
        foreach (StageSettings stage in stages)
        {
            model = (stage as ITaughtStage)?.Student ?? model;
            yield return model;
        }
    }

    /// <summary>Finds an earlier stage by its name.</summary>
    /// <param name="stages">The stages of the run.</param>
    /// <param name="name">The name.</param>
    /// <param name="before">Index of the later stage.</param>
    /// <param name="index">Index of the stage; −1 if there is none.</param>
    public static bool TryFindStage(IReadOnlyList<StageSettings> stages, string name, int before, out int index)
    {
        index = before - 1;
        while (index >= 0 && stages[index].Name != name)
        {
            index--;
        }

        return index >= 0;
    }

    /// <summary>Maximum tokens per sequence for all models of a stage: the trained model and its teacher.</summary>
    /// <param name="stages">The stages of the run.</param>
    /// <param name="trained">Made by <see cref="Along"/>.</param>
    /// <param name="index">Index of the stage.</param>
    /// <param name="tokenizer">The run's tokenizer, which a teacher must share.</param>
    /// <param name="add">Receives problems with the teacher.</param>
    /// <param name="tokenizers">Kinds of tokenizers that checkpoints may have; null for what is shipped.</param>
    public static int Context(
        IReadOnlyList<StageSettings> stages,
        IReadOnlyList<ModelSettings> trained,
        int index,
        ITokenizer tokenizer,
        Action<InputProblem> add,
        TokenizerKinds? tokenizers = null)
    {
        int context = trained[index].Context;
        if (stages[index] is not ITaughtStage taught)
        {
            return context;
        }

        if (TryFindStage(stages, taught.Teacher, index, out int earlier))
        {
            return Math.Min(context, trained[earlier].Context);
        }

        return TryLoad(stages, index, tokenizer, add, tokenizers, out int teacher) ? Math.Min(context, teacher) : context;
    }

    private static bool TryLoad(
        IReadOnlyList<StageSettings> stages,
        int index,
        ITokenizer tokenizer,
        Action<InputProblem> add,
        TokenizerKinds? tokenizers,
        out int context)
    {
        string teacher = ((ITaughtStage)stages[index]).Teacher;
        context = 0;
        if (!Directory.Exists(teacher))
        {
            string earlier = index == 0 ? "an earlier stage" : string.Join(", ", stages.Take(index).Select(stage => $"\"{stage.Name}\""));
            add(new InputProblem(
                teacher, 0, "", $"neither a folder nor a stage before {stages[index].Name}",
                $"{earlier}, or the folder of a checkpoint or of a run, as the teacher"));
            return false;
        }

        try
        {
            ModelFolder folder = ModelFolder.Load(teacher, tokenizers);
            context = folder.Model.Context;
            if (folder.Tokenizer.ToJson() != tokenizer.ToJson())
            {
                add(new InputProblem(
                    teacher, 0, "", $"a teacher with the {folder.Tokenizer.Describe()}", $"one with the run's: {tokenizer.Describe()}"));
                return false;
            }

            return true;
        }
        catch (InputException error)
        {
            foreach (InputProblem problem in error.Problems)
            {
                add(problem);
            }

            return false;
        }
    }
}
