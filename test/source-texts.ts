import { join } from 'node:path';
import type { Node } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { API, type Project, type Type, TypeFlags } from 'typescript/unstable/sync';

/** Stands in a text for what only a run tells: a number, a name. */
export const hole = '7';

/** Stands in a text for what is read of a property of the same name: that is found where it is made. */
export const elsewhere = '\u0000';

/** A text that the source can come to, and where: from the root of the checkout. */
interface SourceText {
  readonly file: string;
  readonly text: string;
}

/**
 * What strings the code can come to, by the compiler's own eyes. Throws for one that it can't read: better none than one that slips
 * through.
 */
export interface SourceTexts {
  /** Of every property of that name, where an object is made. */
  ofProperty(name: string, files: readonly string[]): readonly SourceText[];
  /** Of the first argument of every call of such a function. */
  ofCall(callee: RegExp, files: readonly string[]): readonly SourceText[];
  /** Of every literal and template. */
  ofAll(files: readonly string[]): readonly SourceText[];
  close(): void;
}

const root = join(import.meta.dirname ?? __dirname, '..');

/** Starts the compiler (its API is typescript 7's, and called unstable: package.json has its exact release). */
export function openSourceTexts(): SourceTexts {
  const api = new API({ cwd: root });
  const config = join(root, 'tsconfig.json');
  const project = api.updateSnapshot({ openProject: config }).getProject(config);
  if (project === undefined) throw new Error(`${config} is no project`);
  const inEach = (files: readonly string[], textsAt: (node: Node) => readonly string[]) =>
    files.flatMap((file) => {
      const parsed = project.program.getSourceFile(join(root, file));
      if (parsed === undefined) throw new Error(`${file} is not in ${config}`);
      return nodesOf(parsed).flatMap((node) => textsAt(node).map((text) => ({ file, text })));
    });
  const read = (node: Node, texts: Texts) => {
    if (texts !== undefined) return texts;
    throw new Error(
      `${node.getSourceFile().fileName}: what ${node.getText()} comes to can't be read: write it otherwise, or teach test/source-texts.ts`,
    );
  };
  return {
    ofProperty: (name, files) =>
      inEach(files, (node) => {
        if (is.isPropertyAssignment(node) && node.name.getText() === name)
          return read(node, textsOf({ project, property: name }, node.initializer));
        if (!is.isShorthandPropertyAssignment(node) || node.name.getText() !== name) return [];
        const declared = project.checker.getShorthandAssignmentValueSymbol(node)?.declarations[0]?.resolve(project);
        return read(node, declared && ofDeclaration({ project, property: name }, declared));
      }),
    ofCall: (callee, files) =>
      inEach(files, (node) =>
        is.isCallExpression(node) && callee.test(node.expression.getText())
          ? read(node, node.arguments[0] && textsOf({ project, property: undefined }, node.arguments[0]))
          : [],
      ),
    ofAll: (files) =>
      inEach(files, (node) =>
        is.isStringLiteral(node) || is.isNoSubstitutionTemplateLiteral(node) || is.isTemplateExpression(node)
          ? (textsOf({ project, property: undefined }, node) ?? [])
          : [],
      ),
    close: () => api.close(),
  };
}

interface Reader {
  readonly project: Project;
  /** What is read of a property of this name is made elsewhere. */
  readonly property: string | undefined;
}

type Texts = readonly string[] | undefined;

/** `undefined` where it can't be told. */
function textsOf(reader: Reader, node: Node): Texts {
  const literals = literalsOf(reader.project.checker.getTypeAtLocation(node));
  if (literals !== undefined) return literals;
  if (is.isParenthesizedExpression(node) || is.isAsExpression(node) || is.isSatisfiesExpression(node))
    return textsOf(reader, node.expression);
  if (is.isConditionalExpression(node)) return allOf(reader, [node.whenTrue, node.whenFalse]);
  if (is.isBinaryExpression(node))
    return /^(\?\?|\|\|)$/.test(node.operatorToken.getText()) ? allOf(reader, [node.left, node.right]) : undefined;
  if (is.isTemplateExpression(node)) {
    const parts = node.templateSpans.map(({ expression, literal }) =>
      (textsOf(reader, expression) ?? [hole]).map((text) => text + literal.text),
    );
    return parts.reduce<readonly string[]>((heads, tails) => heads.flatMap((head) => tails.map((tail) => head + tail)), [node.head.text]);
  }
  if (is.isObjectLiteralExpression(node)) {
    return allOf(
      reader,
      node.properties.map((property) => (is.isPropertyAssignment(property) ? property.initializer : property)),
    );
  }
  if (is.isElementAccessExpression(node)) return textsOf(reader, node.expression);
  if (is.isPropertyAccessExpression(node)) return node.name.text === reader.property ? [elsewhere] : undefined;
  const { checker } = reader.project;
  if (is.isIdentifier(node)) {
    const declared = checker.getResolvedSymbol(node)?.declarations[0]?.resolve(reader.project);
    return declared && ofDeclaration(reader, declared);
  }
  if (!is.isCallExpression(node)) return undefined;
  const called = checker.getResolvedSignature(node)?.declaration?.resolve(reader.project);
  if (called === undefined || !is.isFunctionDeclaration(called) || called.body === undefined) return undefined;
  return allOf(
    reader,
    nodesOf(called.body).flatMap((each) => (is.isReturnStatement(each) && each.expression !== undefined ? [each.expression] : [])),
  );
}

function ofDeclaration(reader: Reader, declared: Node): Texts {
  if (is.isVariableDeclaration(declared)) return declared.initializer && textsOf(reader, declared.initializer);
  if (is.isBindingElement(declared))
    return (declared.propertyName ?? declared.name)?.getText() === reader.property ? [elsewhere] : undefined;
  if (!is.isParameterDeclaration(declared) || !is.isFunctionDeclaration(declared.parent)) return undefined;
  return ofArguments(reader, declared.parent, declared.parent.parameters.indexOf(declared));
}

/** What a parameter can be: of a function that is called in its own file. */
function ofArguments(reader: Reader, called: Node & { readonly name?: Node }, index: number): Texts {
  const { checker } = reader.project;
  const symbol = called.name && checker.getSymbolAtLocation(called.name);
  const calls = nodesOf(called.getSourceFile()).flatMap((node) =>
    is.isCallExpression(node) && symbol !== undefined && checker.getSymbolAtLocation(node.expression)?.id === symbol.id ? [node] : [],
  );
  const given = calls.flatMap((call) => call.arguments[index] ?? []);
  return calls.length === 0 ? undefined : allOf(reader, given);
}

function allOf(reader: Reader, nodes: readonly Node[]): Texts {
  return nodes.map((node) => textsOf(reader, node)).reduce((all, texts) => both(all, texts), []);
}

function both(one: Texts, other: Texts): Texts {
  return one === undefined || other === undefined ? undefined : [...one, ...other];
}

/** Of a type that is texts which can be listed; none for `undefined`. */
function literalsOf(type: Type | undefined): Texts {
  if (type === undefined) return undefined;
  if (type.isUnionType()) return type.getTypes().map(literalsOf).reduce(both, []);
  if (type.isStringLiteralType()) return [type.value];
  return type.flags & TypeFlags.Undefined ? [] : undefined;
}

function nodesOf(node: Node): readonly Node[] {
  const all = [node];
  node.forEachChild((child) => {
    all.push(...nodesOf(child));
  });
  return all;
}
